-- Texts in a split that are no files: what a task returns or writes just now, what the doctor says.
local M = {}

---@class aigc.Page
---@field title? string
---@field languageId? string
---@field text string

---@param bufnr integer
---@param text string
local function fill(bufnr, text)
  local lines = vim.split((text:gsub("\r\n", "\n"):gsub("\n$", "")), "\n", { plain = true })
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
end

---@param bufnr integer
---@param page aigc.Page
local function name(bufnr, page)
  pcall(vim.api.nvim_buf_set_name, bufnr, ("aigc://%d/%s"):format(bufnr, page.title or "text"))
  vim.bo[bufnr].filetype = page.languageId or ""
end

--- The window below which a text is shown: floating ones have no room.
---@return integer
local function above()
  local floats = vim.api.nvim_win_get_config(0).relative ~= ""
  return floats and vim.fn.win_getid(1) or vim.api.nvim_get_current_win()
end

--- Show a text in a split below; `q` closes it.
---@param page aigc.Page
---@param enter? boolean go there, which is the default
---@return integer bufnr
function M.show(page, enter)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = "wipe"
  fill(bufnr, page.text)
  vim.api.nvim_open_win(bufnr, enter ~= false, { split = "below", win = above() })
  name(bufnr, page)
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = bufnr, desc = "aigc: close" })
  return bufnr
end

--- Replace a text that is shown.
---@param bufnr integer
---@param text string
function M.update(bufnr, text)
  if vim.api.nvim_buf_is_valid(bufnr) then
    fill(bufnr, text)
  end
end

--- Put the end of a text in the place of what was shown of it so far; show it anew where the user closed that.
---@param bufnr integer
---@param page aigc.Page
function M.finish(bufnr, page)
  if not vim.api.nvim_buf_is_valid(bufnr) then
    M.show(page, false)
    return
  end
  fill(bufnr, page.text)
  name(bufnr, page)
end

---@param bufnr integer
function M.close(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_delete(bufnr, { force = true })
  end
end

return M

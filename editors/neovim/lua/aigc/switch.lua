-- Where ghost text is on: everywhere, in a buffer, for a file type. It says nothing about the server's settings.
local config = require("aigc.config")

local M = {}

---@type boolean? nil: as the options say
local everywhere
---@type table<string, boolean>
local filetypes = {}

---@param filetype string
---@return boolean
local function filetype_enabled(filetype)
  if filetypes[filetype] ~= nil then
    return filetypes[filetype]
  end
  return not vim.list_contains(config.get().ghost_text.disabled_filetypes, filetype)
end

--- Whether ghost text is on in a buffer. `vim.b.aigc_enabled` wins over all else.
---@param bufnr? integer
---@return boolean
function M.enabled(bufnr)
  bufnr = bufnr or vim.api.nvim_get_current_buf()
  if not vim.api.nvim_buf_is_valid(bufnr) then
    return false
  end
  local own = vim.b[bufnr].aigc_enabled
  if own ~= nil then
    return own == true or own == 1
  end
  if everywhere ~= nil and not everywhere or everywhere == nil and not config.get().ghost_text.enabled then
    return false
  end
  return filetype_enabled(vim.bo[bufnr].filetype)
end

local function apply()
  local backend = require("aigc.ghost").backend()
  for _, client in ipairs(vim.lsp.get_clients({ name = require("aigc.client").NAME })) do
    for bufnr in pairs(client.attached_buffers) do
      if vim.api.nvim_buf_is_loaded(bufnr) then
        backend.refresh(bufnr)
      end
    end
  end
  require("aigc.status").announce()
end

--- Switch everywhere, or one file type. What single buffers were switched to is forgotten.
---@param on boolean
---@param filetype? string
function M.set(on, filetype)
  if filetype then
    filetypes[filetype] = on
  else
    everywhere = on
  end
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and (not filetype or vim.bo[bufnr].filetype == filetype) then
      vim.b[bufnr].aigc_enabled = nil
    end
  end
  apply()
end

--- Switch one buffer.
---@param on boolean
---@param bufnr? integer
function M.set_buffer(on, bufnr)
  vim.b[bufnr or vim.api.nvim_get_current_buf()].aigc_enabled = on
  apply()
end

--- Switch to the other state. Returns the new one.
---@param scope? "buffer"|"global"|"filetype"
---@return boolean
function M.toggle(scope)
  if scope == "filetype" then
    local filetype = vim.bo.filetype
    M.set(not filetype_enabled(filetype), filetype)
  elseif scope == "global" then
    local on = everywhere
    if on == nil then
      on = config.get().ghost_text.enabled
    end
    M.set(not on)
  else
    M.set_buffer(not M.enabled())
  end
  return M.enabled()
end

return M

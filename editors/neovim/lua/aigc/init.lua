-- What a user calls: setup, actions on ghost text, on and off, status.
local M = {}

--- Warn, but not before the screen is there: what is told earlier waits for Enter.
---@param text string
local function warn(text)
  local function tell()
    vim.notify("aigc: " .. text, vim.log.levels.WARN)
  end
  if vim.v.vim_did_enter == 1 then
    return tell()
  end
  vim.api.nvim_create_autocmd("VimEnter", { once = true, callback = vim.schedule_wrap(tell) })
end

--- Take options, and start the server in the buffers of its file types.
---@param options? table see |aigc-options|
function M.setup(options)
  local problems = require("aigc.config").set(options)
  if #problems > 0 then
    warn(table.concat(problems, "; "))
  end
  -- Read again what an earlier start may have read already.
  vim.lsp.config("aigc", require("aigc.lsp_config").get())
  local command = vim.lsp.config.aigc.cmd
  if type(command) == "table" and vim.fn.executable(command[1]) == 0 then
    return warn(("%s is not on the PATH; see :checkhealth aigc"):format(command[1]))
  end
  vim.lsp.enable("aigc")
end

for _, action in ipairs({ "accept", "accept_word", "accept_line", "next", "previous", "dismiss", "trigger" }) do
  --- Act on ghost text, in insert mode.
  ---@return boolean acted false where there is no ghost text to act on
  M[action] = function()
    return require("aigc.keymaps").act(action)
  end
end

--- Whether ghost text is seen.
---@return boolean
function M.visible()
  return require("aigc.ghost").backend().visible()
end

--- Switch ghost text to the other state: in this buffer, everywhere, or for this file type.
---@param scope? "buffer"|"global"|"filetype"
---@return boolean on
function M.toggle(scope)
  return require("aigc.switch").toggle(scope)
end

--- Switch ghost text on, everywhere or for a file type.
---@param filetype? string
function M.enable(filetype)
  require("aigc.switch").set(true, filetype)
end

--- Switch ghost text off, everywhere or for a file type.
---@param filetype? string
function M.disable(filetype)
  require("aigc.switch").set(false, filetype)
end

--- Whether ghost text is on in a buffer.
---@param bufnr? integer
---@return boolean
function M.is_enabled(bufnr)
  return require("aigc.switch").enabled(bufnr)
end

--- What the server says of itself.
---@return aigc.Status
function M.status()
  return require("aigc.status").get()
end

--- The same in a word or two, for a statusline.
---@return string
function M.statusline()
  return require("aigc.status").line()
end

return M

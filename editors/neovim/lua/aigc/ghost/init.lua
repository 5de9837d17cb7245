-- Chooses who shows ghost text: Neovim's own `vim.lsp.inline_completion` (0.12 and up), or our extmarks.
local config = require("aigc.config")

local M = {}

---@return "builtin"|"extmarks"
function M.mode()
  local wanted = config.get().ghost_text.mode
  if wanted == "extmarks" or vim.lsp.inline_completion == nil then
    return "extmarks"
  end
  return "builtin"
end

--- The one that shows ghost text here; both have the same functions.
---@return table
function M.backend()
  return require("aigc.ghost." .. M.mode())
end

return M

-- What happens in a buffer when the server attaches to it, and when it leaves.
local client = require("aigc.client")

local M = {}

local group = vim.api.nvim_create_augroup("aigc.attach", { clear = true })
local prepared = false

local function prepare()
  if prepared then
    return
  end
  prepared = true
  local render = require("aigc.ghost.render")
  render.define_highlight()
  vim.api.nvim_create_autocmd("ColorScheme", { group = group, callback = render.define_highlight })
  vim.api.nvim_create_autocmd({ "BufEnter", "FocusGained" }, {
    group = group,
    desc = "aigc: tell the server which file is looked at",
    callback = function()
      local bufnr = vim.api.nvim_get_current_buf()
      local lsp_client = client.get(bufnr)
      if lsp_client and lsp_client.initialized then
        client.focused(lsp_client, bufnr)
      end
    end,
  })
end

---@param lsp_client vim.lsp.Client
---@param bufnr integer
function M.attach(lsp_client, bufnr)
  prepare()
  require("aigc.restart").attached(lsp_client)
  require("aigc.requests").wrap(lsp_client)
  require("aigc.ghost").backend().attach(bufnr, lsp_client)
  require("aigc.keymaps").attach(bufnr)
  if vim.api.nvim_get_current_buf() == bufnr then
    client.focused(lsp_client, bufnr)
  end
end

---@param bufnr integer
function M.detach(bufnr)
  require("aigc.ghost").backend().detach(bufnr)
end

return M

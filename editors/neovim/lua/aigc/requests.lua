-- Code actions and lenses through Neovim's own functions: what these do not send, tell or ask is put in here.
local client = require("aigc.client")

local M = {}

---@type table<vim.lsp.Client, true> clients whose requests pass through here
local wrapped = setmetatable({}, { __mode = "k" })

--- Leave visual mode, in which a code action was chosen for the selection: `u` is to undo what comes of it.
function M.leave_visual()
  if vim.api.nvim_get_mode().mode:match("^[vV\22]") then
    vim.cmd.normal({ args = { "\27" }, bang = true })
  end
end

---@param params lsp.CodeActionParams
---@param bufnr integer
---@param encoding string
---@return lsp.CodeActionParams
local function with_diagnostics(params, bufnr, encoding)
  local context = params.context or {}
  if not vim.tbl_isempty(context.diagnostics or {}) then
    return params
  end
  local diagnostics = require("aigc.diagnostics").at(bufnr, params.range, encoding)
  return vim.tbl_extend("force", params, {
    context = vim.tbl_extend("force", context, { diagnostics = diagnostics }),
  })
end

--- Tell why an action came to nothing, and go on with the action as it was: without an edit it does nothing.
---@param handler lsp.Handler
---@param action lsp.CodeAction
---@return lsp.Handler
local function telling(handler, action)
  return function(err, result, ctx, config)
    if err then
      client.tell(err, action.title)
      return handler(nil, action, ctx, config)
    end
    return handler(err, result, ctx, config)
  end
end

--- Ask again for code lenses, as the server wants it.
---@param err? lsp.ResponseError
---@param params any
---@param ctx lsp.HandlerContext
---@return any
function M.refresh_lenses(err, params, ctx)
  local own = vim.lsp.handlers["workspace/codeLens/refresh"]
  if own then
    return own(err, params, ctx)
  end
  local lsp_client = vim.lsp.get_client_by_id(ctx.client_id)
  for bufnr in pairs(lsp_client and lsp_client.attached_buffers or {}) do
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
  return vim.NIL
end

--- Have a client's requests pass through here.
---@param lsp_client vim.lsp.Client
function M.wrap(lsp_client)
  if wrapped[lsp_client] then
    return
  end
  wrapped[lsp_client] = true
  local request = lsp_client.request
  local function send(method, params, handler, bufnr)
    if method == "textDocument/codeAction" and type(params) == "table" and params.range then
      params = with_diagnostics(
        params,
        bufnr and bufnr ~= 0 and bufnr or vim.api.nvim_get_current_buf(),
        lsp_client.offset_encoding
      )
    elseif method == "codeAction/resolve" and handler then
      M.leave_visual()
      handler = telling(handler, params)
    end
    return request(lsp_client, method, params, handler, bufnr)
  end
  -- Some call it with the client as the first argument, as older Neovims had it some do not.
  lsp_client.request = function(first, ...)
    if first == lsp_client then
      return send(...)
    end
    return send(first, ...)
  end
end

return M

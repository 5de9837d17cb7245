-- Finds the server of a buffer, and sends it requests and reports. It knows no ghost text.
local M = {}

M.NAME = "aigc"

---@param bufnr? integer
---@return vim.lsp.Client?
function M.get(bufnr)
  local clients = vim.lsp.get_clients({ name = M.NAME, bufnr = bufnr or vim.api.nvim_get_current_buf() })
  return clients[1]
end

--- The server of the buffer, or any that runs: commands about the engine need no buffer.
---@return vim.lsp.Client?
function M.any()
  return M.get() or vim.lsp.get_clients({ name = M.NAME })[1]
end

---@param err lsp.ResponseError|table
---@return string
local function sentence(err)
  return type(err) == "table" and err.message or tostring(err)
end

--- Run a command of the server. `on_result` gets its result; an error is told to the user.
---@param name string
---@param argument? table
---@param on_result? fun(result: any)
---@param client? vim.lsp.Client
function M.execute(name, argument, on_result, client)
  client = client or M.any()
  if not client then
    vim.notify("aigc: no server runs; open a file of one of its languages", vim.log.levels.WARN)
    return
  end
  local params = { command = name, arguments = argument and { argument } or nil }
  client:request("workspace/executeCommand", params, function(err, result)
    if err then
      -- A warning: it may come while the user types, and an error message would move the cursor.
      vim.notify("aigc: " .. sentence(err), vim.log.levels.WARN)
    elseif on_result then
      on_result(result ~= vim.NIL and result or nil)
    end
  end)
end

--- Like `execute`, for what happens in passing: nobody waits for it, and no error of it is worth a message.
---@param client vim.lsp.Client
---@param command lsp.Command
---@param bufnr integer
function M.execute_quietly(client, command, bufnr)
  local params = { command = command.command, arguments = command.arguments }
  client:request("workspace/executeCommand", params, function() end, bufnr)
end

---@param client vim.lsp.Client
---@param item table the item as it came
function M.shown(client, item)
  client:notify("textDocument/didShowCompletion", { item = item })
end

---@param client vim.lsp.Client
---@param item table the item as it came
---@param length integer UTF-16 code units from the start of the item's text
function M.partially_accepted(client, item, length)
  client:notify("textDocument/didPartiallyAcceptCompletion", { item = item, acceptedLength = length })
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.focused(client, bufnr)
  client:notify("textDocument/didFocus", { textDocument = { uri = vim.uri_from_bufnr(bufnr) } })
end

return M

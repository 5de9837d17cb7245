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

-- The user or a newer request took it back.
local TAKEN_BACK = { [-32800] = true, [-32802] = true }

--- Tell why a request came to nothing, in the server's words after what was wanted.
---@param err lsp.ResponseError|table
---@param what? string
function M.tell(err, what)
  local reason = type(err) == "table" and err.message or tostring(err)
  if type(err) == "table" and TAKEN_BACK[err.code] then
    return
  end
  if what and not vim.startswith(reason, what) then
    reason = what .. ": " .. reason
  end
  -- A warning: it may come while the user types, and an error message would move the cursor.
  vim.notify("aigc: " .. reason, vim.log.levels.WARN)
end

---@class aigc.Execution
---@field client? vim.lsp.Client
---@field what? string what the user wanted, for messages
---@field on_error? fun() after the user was told

--- Run a command of the server. `on_result` gets its result; an error is told to the user.
---@param name string
---@param argument? table
---@param on_result? fun(result: any)
---@param options? aigc.Execution
function M.execute(name, argument, on_result, options)
  options = options or {}
  local client = options.client
  client = client or M.any()
  if not client then
    vim.notify("aigc: no server runs; open a file of one of its languages", vim.log.levels.WARN)
    return
  end
  local params = { command = name, arguments = argument and { argument } or nil }
  client:request("workspace/executeCommand", params, function(err, result)
    if err then
      M.tell(err, options.what)
      if options.on_error then
        options.on_error()
      end
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

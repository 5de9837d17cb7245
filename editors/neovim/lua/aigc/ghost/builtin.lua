-- Ghost text by Neovim's own `vim.lsp.inline_completion` (0.12 and up): the same actions, and reports to the server.
local config = require("aigc.config")
local request = require("aigc.ghost.request")
local Suggestion = require("aigc.ghost.suggestion")
local switch = require("aigc.switch")

local M = {}

local NAMESPACE = "nvim.lsp.inline_completion"

---@type table<integer, { item: table, client_id: integer }[]> the items that Neovim has for a buffer, as they came
local items = {}
---@type table<integer, boolean> buffers whose next question is the user's own
local invoked = {}
---@type table<integer, boolean> clients whose requests are watched
local watched = {}

---@param bufnr integer
---@return boolean
local function drawn(bufnr)
  local namespace = vim.api.nvim_get_namespaces()[NAMESPACE]
  return namespace ~= nil and #vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { limit = 1 }) > 0
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param result any
local function received(client, bufnr, result)
  items[bufnr] = {}
  for _, item in ipairs(type(result) == "table" and (result.items or result) or {}) do
    table.insert(items[bufnr], { item = item, client_id = client.id })
  end
  local first = items[bufnr][1]
  if first and drawn(bufnr) then
    require("aigc.client").shown(client, first.item)
  end
end

--- Neovim tells nobody which items came. See them on their way, hold back what the user does not want asked, and
--- mark a question that the user asked.
---@param client vim.lsp.Client
local function watch(client)
  if watched[client.id] then
    return
  end
  watched[client.id] = true
  local send = client.request
  client.request = function(self, method, params, handler, bufnr)
    if method ~= request.METHOD or not handler then
      return send(self, method, params, handler, bufnr)
    end
    bufnr = vim._resolve_bufnr and vim._resolve_bufnr(bufnr) or bufnr
    if invoked[bufnr] then
      invoked[bufnr] = nil
      params.context = vim.tbl_extend("force", params.context or {}, { triggerKind = request.INVOKED })
    elseif not config.get().ghost_text.auto_trigger then
      return true
    end
    return send(self, method, params, function(err, result, ctx, ...)
      handler(err, result, ctx, ...)
      if not err then
        received(client, bufnr, result)
      end
    end, bufnr)
  end
end

---@param bufnr integer
---@param client vim.lsp.Client
function M.attach(bufnr, client)
  watch(client)
  M.refresh(bufnr)
end

---@param bufnr integer
function M.detach(bufnr)
  items[bufnr], invoked[bufnr] = nil, nil
end

--- Follow a change of what is switched on.
---@param bufnr integer
function M.refresh(bufnr)
  local on = switch.enabled(bufnr)
  if vim.lsp.inline_completion.is_enabled({ bufnr = bufnr }) ~= on then
    vim.lsp.inline_completion.enable(on, { bufnr = bufnr })
  end
end

--- Whether ghost text is seen in the current buffer.
---@return boolean
function M.visible()
  return drawn(vim.api.nvim_get_current_buf())
end

---@param bufnr integer
---@param accepted { insert_text: string|table }
---@param kind "word"|"line"
local function accept_piece(bufnr, accepted, kind)
  for _, known in ipairs(items[bufnr] or {}) do
    local client = vim.lsp.get_client_by_id(known.client_id)
    if client and vim.deep_equal(known.item.insertText, accepted.insert_text) then
      local suggestion = Suggestion.new(known.item, client, bufnr)
      if suggestion then
        suggestion:insert(kind)
      end
      return
    end
  end
end

--- Put the ghost text, or a piece of it, into the buffer. Neovim does so a moment later.
---@param kind "all"|"word"|"line"
---@return boolean
function M.accept(kind)
  local bufnr = vim.api.nvim_get_current_buf()
  if kind == "all" then
    return vim.lsp.inline_completion.get({ bufnr = bufnr })
  end
  return vim.lsp.inline_completion.get({
    bufnr = bufnr,
    on_accept = function(accepted)
      accept_piece(bufnr, accepted, kind)
    end,
  })
end

--- Show another suggestion; where none is seen, ask.
---@param step 1|-1
function M.cycle(step)
  local bufnr = vim.api.nvim_get_current_buf()
  if drawn(bufnr) and #(items[bufnr] or {}) > 1 then
    vim.lsp.inline_completion.select({ bufnr = bufnr, count = step })
  else
    M.trigger()
  end
end

--- Take the ghost text away. Neovim forgets it only when it is switched off.
---@return boolean
function M.dismiss()
  local bufnr = vim.api.nvim_get_current_buf()
  local visible = drawn(bufnr)
  if visible then
    vim.lsp.inline_completion.enable(false, { bufnr = bufnr })
    vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  end
  return visible
end

--- Ask at the user's wish: Neovim asks after its own pause, and the question says that the user wants it.
function M.trigger()
  local bufnr = vim.api.nvim_get_current_buf()
  if not vim.lsp.inline_completion.is_enabled({ bufnr = bufnr }) then
    vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  end
  invoked[bufnr] = true
  vim.api.nvim_exec_autocmds("CursorMovedI", { buffer = bufnr, modeline = false })
end

return M

-- Asks the server for suggestions: waits for a pause, takes an older question back, drops an answer that comes late.
local client = require("aigc.client")
local Suggestion = require("aigc.ghost.suggestion")

local M = {}

M.METHOD = "textDocument/inlineCompletion"
M.INVOKED = 1
M.AUTOMATIC = 2

---@class aigc.Question
---@field timer? uv.uv_timer_t
---@field ticket? table what is asked; another one took its place where it differs
---@field client_id? integer
---@field id? integer

--- Take back what was asked, and what was about to be.
---@param question aigc.Question
function M.cancel(question)
  question.ticket = nil
  if question.timer then
    question.timer:stop()
  end
  local lsp_client = question.id and vim.lsp.get_client_by_id(question.client_id)
  local pending = lsp_client and lsp_client.requests[question.id]
  if lsp_client and pending and pending.type == "pending" then
    lsp_client:cancel_request(question.id)
  end
  question.id = nil
end

--- Release what the question holds.
---@param question aigc.Question
function M.close(question)
  M.cancel(question)
  if question.timer and not question.timer:is_closing() then
    question.timer:close()
  end
  question.timer = nil
end

---@param bufnr integer
---@return table at
function M.here(bufnr)
  local cursor = vim.api.nvim_win_get_cursor(0)
  return { tick = vim.api.nvim_buf_get_changedtick(bufnr), row = cursor[1], col = cursor[2] }
end

--- Whether the user still is where the question was asked.
---@param bufnr integer
---@param at table
---@return boolean
function M.still(bufnr, at)
  return vim.api.nvim_get_current_buf() == bufnr
    and vim.api.nvim_get_mode().mode:sub(1, 1) == "i"
    and vim.deep_equal(at, M.here(bufnr))
end

---@param lsp_client vim.lsp.Client
---@param bufnr integer
---@param result any
---@return aigc.Suggestion[]
local function read(lsp_client, bufnr, result)
  local suggestions = {}
  if type(result) == "table" then
    for _, item in ipairs(result.items or result) do
      suggestions[#suggestions + 1] = Suggestion.new(item, lsp_client, bufnr)
    end
  end
  return suggestions
end

--- Ask now. `on_answer` is called only while the user is where they were.
---@param question aigc.Question
---@param bufnr integer
---@param kind integer
---@param on_answer fun(suggestions: aigc.Suggestion[])
function M.ask(question, bufnr, kind, on_answer)
  M.cancel(question)
  local lsp_client = client.get(bufnr)
  if not lsp_client or not lsp_client:supports_method(M.METHOD, bufnr) then
    return
  end
  local ticket, at = {}, M.here(bufnr)
  question.ticket = ticket
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(bufnr),
    position = vim.lsp.util.make_position_params(0, lsp_client.offset_encoding).position,
    context = { triggerKind = kind },
  }
  local sent, id = lsp_client:request(M.METHOD, params, function(err, result)
    if question.ticket ~= ticket then
      return
    end
    question.ticket, question.id = nil, nil
    if not err and M.still(bufnr, at) then
      on_answer(read(lsp_client, bufnr, result))
    end
  end, bufnr)
  if sent and question.ticket == ticket then
    question.client_id, question.id = lsp_client.id, id
  end
end

--- Ask after `wait` milliseconds in which nothing else was asked.
---@param question aigc.Question
---@param wait integer
---@param ask fun()
function M.later(question, wait, ask)
  M.cancel(question)
  question.timer = question.timer or assert(vim.uv.new_timer())
  local ticket = {}
  question.ticket = ticket
  question.timer:start(
    wait,
    0,
    vim.schedule_wrap(function()
      if question.ticket == ticket then
        ask()
      end
    end)
  )
end

return M

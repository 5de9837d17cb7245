-- The ghost text of one buffer: what is known, what of it still fits while the user types, and when to ask again.
local config = require("aigc.config")
local menu = require("aigc.ghost.menu")
local render = require("aigc.ghost.render")
local request = require("aigc.ghost.request")
local switch = require("aigc.switch")

local M = {}

---@class aigc.Buffer
---@field suggestions aigc.Suggestion[]
---@field index integer
---@field question aigc.Question
---@field at? table where the last event was handled

---@param bufnr integer
---@return boolean
function M.inserting(bufnr)
  return vim.api.nvim_get_current_buf() == bufnr and vim.api.nvim_get_mode().mode:sub(1, 1) == "i"
end

---@return boolean
function M.behind_menu()
  return not config.get().ghost_text.show_with_menu and menu.visible()
end

---@param state aigc.Buffer
---@return aigc.Place?
function M.place(state)
  local suggestion = state.suggestions[state.index]
  return suggestion and suggestion:locate()
end

---@param bufnr integer
---@param state aigc.Buffer
function M.drop(bufnr, state)
  state.suggestions, state.index = {}, 1
  render.clear(bufnr)
end

--- Draw the suggestion again where it is now. False where there is none.
---@param bufnr integer
---@param state aigc.Buffer
---@return boolean
function M.show(bufnr, state)
  local found = M.place(state)
  if not found then
    return false
  end
  render.draw(bufnr, found)
  state.suggestions[state.index]:report_shown()
  return true
end

---@param bufnr integer
---@param state aigc.Buffer
---@param suggestions aigc.Suggestion[]
---@param another? boolean these come beside those that are there
local function receive(bufnr, state, suggestions, another)
  if not another then
    state.suggestions, state.index = suggestions, 1
  else
    local first = #state.suggestions + 1
    for _, suggestion in ipairs(suggestions) do
      -- What is left of it tells them apart: one that is typed through came with a longer text.
      local rest = suggestion:locate().rest
      local known = vim.iter(state.suggestions):any(function(other)
        local found = other:locate()
        return found ~= nil and found.rest == rest
      end)
      if not known then
        table.insert(state.suggestions, suggestion)
        state.index = first
      end
    end
  end
  if M.behind_menu() or not M.show(bufnr, state) then
    render.clear(bufnr)
  end
end

---@param bufnr integer
---@return boolean
local function wanted(bufnr)
  return config.get().ghost_text.auto_trigger and switch.enabled(bufnr) and vim.fn.reg_executing() == ""
end

---@param bufnr integer
---@param state aigc.Buffer
---@param kind integer
---@param another? boolean
function M.ask(bufnr, state, kind, another)
  -- The events of keys that were typed just before may still come: they must not take this question back.
  state.at = request.here(bufnr)
  request.ask(state.question, bufnr, kind, function(suggestions)
    receive(bufnr, state, suggestions, another)
  end)
end

--- Handle a key, a cursor movement or a change of the menu: keep what still fits, else ask after a pause.
---@param bufnr integer
---@param state aigc.Buffer
---@param moved boolean false where only the menu opened or closed
function M.update(bufnr, state, moved)
  if not M.inserting(bufnr) then
    return
  end
  local at = request.here(bufnr)
  if moved and vim.deep_equal(at, state.at) then
    return
  end
  state.at = at
  if M.behind_menu() then
    request.cancel(state.question)
    render.clear(bufnr)
  elseif M.show(bufnr, state) then
    request.cancel(state.question)
  else
    M.drop(bufnr, state)
    if not wanted(bufnr) then
      return request.cancel(state.question)
    end
    request.later(state.question, config.get().ghost_text.debounce_ms, function()
      if M.inserting(bufnr) and not M.behind_menu() then
        M.ask(bufnr, state, request.AUTOMATIC)
      end
    end)
  end
end

return M

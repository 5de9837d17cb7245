-- Ghost text of our own, for Neovim 0.11: when to ask, what to keep while the user types, and the actions on it.
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

---@type table<integer, aigc.Buffer>
local buffers = {}
local group = vim.api.nvim_create_augroup("aigc.ghost", { clear = true })
local watching = false

---@param bufnr integer
---@return boolean
local function inserting(bufnr)
  return vim.api.nvim_get_current_buf() == bufnr and vim.api.nvim_get_mode().mode:sub(1, 1) == "i"
end

---@return boolean
local function behind_menu()
  return not config.get().ghost_text.show_with_menu and menu.visible()
end

---@param state aigc.Buffer
---@return aigc.Place?
local function place(state)
  local suggestion = state.suggestions[state.index]
  return suggestion and suggestion:locate()
end

---@param bufnr integer
---@param state aigc.Buffer
local function drop(bufnr, state)
  state.suggestions, state.index = {}, 1
  render.clear(bufnr)
end

--- Draw the suggestion again where it is now. False where there is none.
---@param bufnr integer
---@param state aigc.Buffer
---@return boolean
local function show(bufnr, state)
  local found = place(state)
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
    for _, suggestion in ipairs(suggestions) do
      local known = vim.iter(state.suggestions):any(function(other)
        return other.text == suggestion.text
      end)
      if not known then
        table.insert(state.suggestions, suggestion)
        state.index = #state.suggestions
      end
    end
  end
  if behind_menu() or not show(bufnr, state) then
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
local function ask(bufnr, state, kind, another)
  request.ask(state.question, bufnr, kind, function(suggestions)
    receive(bufnr, state, suggestions, another)
  end)
end

--- Handle a key, a cursor movement or a change of the menu: keep what still fits, else ask after a pause.
---@param bufnr integer
---@param state aigc.Buffer
---@param moved boolean false where only the menu opened or closed
local function update(bufnr, state, moved)
  if not inserting(bufnr) then
    return
  end
  local at = request.here(bufnr)
  if moved and vim.deep_equal(at, state.at) then
    return
  end
  state.at = at
  if behind_menu() then
    request.cancel(state.question)
    render.clear(bufnr)
  elseif show(bufnr, state) then
    request.cancel(state.question)
  else
    drop(bufnr, state)
    if not wanted(bufnr) then
      return request.cancel(state.question)
    end
    request.later(state.question, config.get().ghost_text.debounce_ms, function()
      if inserting(bufnr) and not behind_menu() then
        ask(bufnr, state, request.AUTOMATIC)
      end
    end)
  end
end

local function watch_menu()
  if watching then
    return
  end
  watching = true
  menu.watch(
    group,
    vim.schedule_wrap(function()
      local bufnr = vim.api.nvim_get_current_buf()
      local state = buffers[bufnr]
      -- Only where it makes a difference: with nothing known, the next key asks.
      if state and (#state.suggestions > 0 or not menu.visible()) then
        update(bufnr, state, false)
      end
    end)
  )
end

--- Watch a buffer.
---@param bufnr integer
function M.attach(bufnr)
  if buffers[bufnr] then
    return
  end
  local state = { suggestions = {}, index = 1, question = {} }
  buffers[bufnr] = state
  watch_menu()
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  vim.api.nvim_create_autocmd({ "TextChangedI", "TextChangedP", "CursorMovedI", "InsertEnter" }, {
    group = group,
    buffer = bufnr,
    desc = "aigc: keep the ghost text in step",
    callback = function(args)
      if args.event == "InsertEnter" then
        -- The mode is insert mode only after this event.
        state.at = nil
        return vim.schedule(function()
          if buffers[bufnr] == state then
            update(bufnr, state, true)
          end
        end)
      end
      update(bufnr, state, true)
    end,
  })
  vim.api.nvim_create_autocmd({ "InsertLeave", "BufLeave", "BufUnload" }, {
    group = group,
    buffer = bufnr,
    desc = "aigc: clear the ghost text",
    callback = function()
      M.clear(bufnr)
    end,
  })
  if inserting(bufnr) then
    update(bufnr, state, true)
  end
end

--- Forget a buffer.
---@param bufnr integer
function M.detach(bufnr)
  local state = buffers[bufnr]
  if state then
    drop(bufnr, state)
    request.close(state.question)
    buffers[bufnr] = nil
  end
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
end

--- Take away what is shown and what is asked.
---@param bufnr integer
function M.clear(bufnr)
  local state = buffers[bufnr]
  if state then
    request.cancel(state.question)
    state.at = nil
    drop(bufnr, state)
  end
end

--- Whether ghost text is seen in the current buffer.
---@return boolean
function M.visible()
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  return state ~= nil and inserting(bufnr) and not behind_menu() and place(state) ~= nil
end

--- Put the ghost text, or a piece of it, into the buffer.
---@param kind "all"|"word"|"line"
---@return boolean
function M.accept(kind)
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  if not M.visible() then
    return false
  end
  local whole = state.suggestions[state.index]:insert(kind)
  if whole then
    drop(bufnr, state)
  end
  update(bufnr, state, true)
  return true
end

--- Show another suggestion; where only one is known, ask for more.
---@param step 1|-1
function M.cycle(step)
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  if not state or not inserting(bufnr) then
    return
  end
  if #state.suggestions < 2 then
    return ask(bufnr, state, request.INVOKED, M.visible())
  end
  state.index = (state.index - 1 + step) % #state.suggestions + 1
  if not show(bufnr, state) then
    render.clear(bufnr)
  end
end

--- Take the ghost text away until the user types or moves.
---@return boolean
function M.dismiss()
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  local visible = M.visible()
  if state then
    M.clear(bufnr)
    state.at = request.here(bufnr)
  end
  return visible
end

--- Ask now, also where ghost text is switched off.
function M.trigger()
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  if state and inserting(bufnr) then
    ask(bufnr, state, request.INVOKED)
  end
end

--- Follow a change of what is switched on.
---@param bufnr integer
function M.refresh(bufnr)
  local state = buffers[bufnr]
  if not state then
    return
  end
  M.clear(bufnr)
  if switch.enabled(bufnr) then
    update(bufnr, state, true)
  end
end

return M

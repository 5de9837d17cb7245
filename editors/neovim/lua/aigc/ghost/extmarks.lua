-- Ghost text of our own, for Neovim 0.11: follows the events of its buffers, and offers the actions on it.
local ghost = require("aigc.ghost.state")
local menu = require("aigc.ghost.menu")
local render = require("aigc.ghost.render")
local request = require("aigc.ghost.request")
local switch = require("aigc.switch")

local M = {}

---@type table<integer, aigc.Buffer>
local buffers = {}
local group = vim.api.nvim_create_augroup("aigc.ghost", { clear = true })
local watching = false

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
        ghost.update(bufnr, state, false)
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
            ghost.update(bufnr, state, true)
          end
        end)
      end
      ghost.update(bufnr, state, true)
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
  if ghost.inserting(bufnr) then
    ghost.update(bufnr, state, true)
  end
end

--- Forget a buffer.
---@param bufnr integer
function M.detach(bufnr)
  local state = buffers[bufnr]
  if state then
    ghost.drop(bufnr, state)
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
    ghost.drop(bufnr, state)
  end
end

--- Whether ghost text is seen in the current buffer.
---@return boolean
function M.visible()
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  return state ~= nil and ghost.inserting(bufnr) and not ghost.behind_menu() and ghost.place(state) ~= nil
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
    ghost.drop(bufnr, state)
  end
  ghost.update(bufnr, state, true)
  return true
end

--- Show another suggestion; where only one is known, ask for more.
---@param step 1|-1
function M.cycle(step)
  local bufnr = vim.api.nvim_get_current_buf()
  local state = buffers[bufnr]
  if not state or not ghost.inserting(bufnr) then
    return
  end
  if #state.suggestions < 2 then
    return ghost.ask(bufnr, state, request.INVOKED, M.visible())
  end
  state.index = (state.index - 1 + step) % #state.suggestions + 1
  if not ghost.show(bufnr, state) then
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
  if state and ghost.inserting(bufnr) then
    ghost.ask(bufnr, state, request.INVOKED)
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
    ghost.update(bufnr, state, true)
  end
end

return M

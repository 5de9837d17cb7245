-- Keys in insert mode: each acts on ghost text, and is what it was before where there is none.
local config = require("aigc.config")

local M = {}

---@class aigc.Bound
---@field key string
---@field previous? table the buffer's own mapping that ours took the place of

---@type table<integer, table<string, aigc.Bound>> by buffer and action
local bound = {}
---@type function? a mapping's function that waits for its turn
local waiting

---@param keys string
---@return string
local function termcodes(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

---@param key string
---@return table?
local function global_mapping(key)
  local raw = termcodes(key)
  for _, mapping in ipairs(vim.api.nvim_get_keymap("i")) do
    if mapping.lhsraw == raw or mapping.lhsrawalt == raw then
      return mapping
    end
  end
end

--- Run the function of a mapping. It waited until text may be changed again.
function M.run_waiting()
  local callback = waiting
  waiting = nil
  if callback then
    callback()
  end
end

---@param mapping table
---@param key string
---@return string keys
local function of_expression(mapping, key)
  local keys
  if mapping.callback then
    keys = mapping.callback()
  else
    keys = vim.api.nvim_eval(mapping.rhs)
  end
  if type(keys) ~= "string" then
    return ""
  end
  keys = mapping.replace_keycodes == 1 and termcodes(keys) or keys
  if mapping.noremap == 0 and keys ~= termcodes(key) then
    vim.api.nvim_feedkeys(keys, "im", false)
    return ""
  end
  return keys
end

--- What the key did before: keys to go on with.
---@param previous? table
---@param key string
---@return string
local function fallback(previous, key)
  local mapping = previous or global_mapping(key)
  if not mapping then
    return termcodes(key)
  end
  if mapping.expr == 1 then
    return of_expression(mapping, key)
  end
  if mapping.callback then
    waiting = mapping.callback
    return termcodes("<Cmd>lua require('aigc.keymaps').run_waiting()<CR>")
  end
  local keys = termcodes((mapping.rhs:gsub("<SID>", ("<SNR>%d_"):format(mapping.sid))))
  if mapping.noremap == 1 then
    return keys
  end
  -- A mapping that begins with its own key means the plain key there, or it would never end.
  local own = termcodes(key)
  if vim.startswith(keys, own) then
    vim.api.nvim_feedkeys(keys:sub(#own + 1), "im", false)
    return own
  end
  vim.api.nvim_feedkeys(keys, "im", false)
  return ""
end

---@param call string
---@return string
local function undoable(call)
  return termcodes(("<C-g>u<Cmd>lua %s<CR><C-g>u"):format(call))
end

---@param call string
---@return string
local function quiet(call)
  return termcodes(("<Cmd>lua %s<CR>"):format(call))
end

-- What each action types where there is ghost text; those marked `always` need none.
local ACTIONS = {
  accept = { keys = undoable([[require("aigc.ghost").backend().accept("all")]]) },
  accept_word = { keys = undoable([[require("aigc.ghost").backend().accept("word")]]) },
  accept_line = { keys = undoable([[require("aigc.ghost").backend().accept("line")]]) },
  next = { keys = quiet([[require("aigc.ghost").backend().cycle(1)]]), always = true },
  previous = { keys = quiet([[require("aigc.ghost").backend().cycle(-1)]]), always = true },
  dismiss = { keys = quiet([[require("aigc.ghost").backend().dismiss()]]) },
  trigger = { keys = quiet([[require("aigc.ghost").backend().trigger()]]), always = true },
  toggle = { keys = quiet([[require("aigc").toggle()]]), always = true },
}

--- Act on ghost text from a mapping or a function of the user's. False where there is none to act on.
--- The keys come before all that is typed ahead, so that fast keys keep their order.
---@param action string
---@return boolean
function M.act(action)
  local found = ACTIONS[action]
  if not found.always and not require("aigc.ghost").backend().visible() then
    return false
  end
  vim.api.nvim_feedkeys(found.keys, "ni", false)
  return true
end

---@param bufnr integer
---@param key string
---@return table?
local function own_mapping(bufnr, key)
  local raw = termcodes(key)
  for _, mapping in ipairs(vim.api.nvim_buf_get_keymap(bufnr, "i")) do
    if mapping.lhsraw == raw or mapping.lhsrawalt == raw then
      return mapping
    end
  end
end

--- Map the keys in a buffer. They stay when the server ends, and are then what they were before.
---@param bufnr integer
function M.attach(bufnr)
  local keys = config.get().keymaps
  if bound[bufnr] or not keys then
    return
  end
  bound[bufnr] = {}
  for action, found in pairs(ACTIONS) do
    local key = keys[action]
    if key then
      local previous = own_mapping(bufnr, key)
      bound[bufnr][action] = { key = key, previous = previous }
      vim.keymap.set("i", key, function()
        if found.always or require("aigc.ghost").backend().visible() then
          return found.keys
        end
        return fallback(previous, key)
      end, {
        buffer = bufnr,
        expr = true,
        replace_keycodes = false,
        silent = true,
        desc = "aigc: " .. action:gsub("_", " "),
      })
    end
  end
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = bufnr,
    once = true,
    callback = function()
      bound[bufnr] = nil
    end,
  })
end

--- The keys that are mapped in a buffer, what they are now, and the mappings that they fall back on.
---@param bufnr integer
---@return table<string, { key: string, current?: table, previous?: table }>
function M.bound(bufnr)
  local found = {}
  for action, one in pairs(bound[bufnr] or {}) do
    local previous = one.previous or global_mapping(one.key)
    found[action] = { key = one.key, current = own_mapping(bufnr, one.key), previous = previous }
  end
  return found
end

return M

-- The plugin's options: defaults, what the user chose, and warnings about what is no option. It starts nothing.
local M = {}

---@class aigc.GhostText
---@field enabled boolean ghost text is on until it is switched off
---@field auto_trigger boolean ask while typing; without it only |aigc.trigger()| asks
---@field debounce_ms integer rest after a key before the server is asked
---@field mode "auto"|"builtin"|"extmarks" who draws; "auto" is Neovim's own from 0.12 on
---@field show_with_menu boolean show it while the completion menu is open
---@field disabled_filetypes string[] file types without ghost text

---@class aigc.Keymaps
---@field accept string|false
---@field accept_word string|false
---@field accept_line string|false
---@field next string|false
---@field previous string|false
---@field dismiss string|false
---@field trigger string|false
---@field toggle string|false

---@class aigc.Options
---@field cmd string[]
---@field filetypes string[]
---@field root_markers (string|string[])[]
---@field settings table settings of the server, as in its docs/settings.md
---@field ghost_text aigc.GhostText
---@field keymaps aigc.Keymaps|false
---@field restart boolean start the server again after a crash

---@type aigc.Options
M.defaults = {
  cmd = { "aigc-lsp", "--stdio" },
  filetypes = {
    "bash",
    "c",
    "cpp",
    "go",
    "java",
    "javascript",
    "javascriptreact",
    "json",
    "jsonc",
    "lua",
    "python",
    "ruby",
    "rust",
    "sh",
    "typescript",
    "typescriptreact",
  },
  root_markers = { ".aigc-lsp.toml", ".git" },
  settings = {},
  ghost_text = {
    enabled = true,
    auto_trigger = true,
    debounce_ms = 75,
    mode = "auto",
    show_with_menu = false,
    disabled_filetypes = {},
  },
  keymaps = {
    accept = "<Tab>",
    accept_word = "<C-Right>",
    accept_line = "<M-l>",
    next = "<M-]>",
    previous = "<M-[>",
    dismiss = "<C-]>",
    trigger = "<M-\\>",
    toggle = false,
  },
  restart = true,
}

-- These hold whatever the user writes; every other table has known keys only.
local FREE = { cmd = true, filetypes = true, root_markers = true, settings = true, disabled_filetypes = true }
local MODES = { auto = true, builtin = true, extmarks = true }

local chosen = vim.deepcopy(M.defaults)

---@param value any
---@param default any
---@param name string
---@return boolean
local function fits(value, default, name)
  if name:match("^keymaps%.") then
    return value == false or type(value) == "string"
  elseif name == "keymaps" then
    return value == false or type(value) == "table"
  elseif name == "ghost_text.mode" then
    return MODES[value] == true
  end
  return type(value) == type(default)
end

---@param default any
---@return string
local function kind(default, name)
  if name:match("^keymaps") then
    return "a key or false"
  elseif name == "ghost_text.mode" then
    return '"auto", "builtin" or "extmarks"'
  end
  return "a " .. type(default)
end

---@param default table
---@param given table
---@param path string
---@param problems string[]
---@return table
local function merge(default, given, path, problems)
  local merged = vim.deepcopy(default)
  for key, value in vim.spairs(given) do
    local name = path .. tostring(key)
    if default[key] == nil then
      problems[#problems + 1] = ("there is no option `%s`"):format(name)
    elseif not fits(value, default[key], name) then
      problems[#problems + 1] = ("`%s` must be %s"):format(name, kind(default[key], name))
    elseif type(value) == "table" and not FREE[key] then
      merged[key] = merge(default[key], value, name .. ".", problems)
    else
      merged[key] = vim.deepcopy(value)
    end
  end
  return merged
end

--- Take the user's options over the defaults. What is wrong keeps its default.
---@param given? table
---@return string[] problems one sentence each
function M.set(given)
  if given ~= nil and type(given) ~= "table" then
    chosen = vim.deepcopy(M.defaults)
    return { "setup() takes a table" }
  end
  local problems = {}
  chosen = merge(M.defaults, given or {}, "", problems)
  return problems
end

---@return aigc.Options
function M.get()
  return chosen
end

return M

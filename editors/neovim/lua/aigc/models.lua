-- Models and adapters: a list to pick from, and the offer to download what is not there.
local client = require("aigc.client")

local M = {}

---@param result any
local function tell(result)
  if type(result) == "table" and type(result.message) == "string" then
    vim.notify("aigc: " .. result.message)
  end
end

--- Download a model; none: the one in the settings.
---@param name? string
function M.pull(name)
  client.execute("aigc.pullModel", name and { model = name } or vim.empty_dict(), tell)
end

---@param entry table
local function use(entry)
  local argument = entry.kind == "adapter" and { adapter = entry.name } or { model = entry.name }
  client.execute("aigc.useModel", argument, tell)
end

---@param entry table
local function choose(entry)
  if entry.installed ~= false then
    return use(entry)
  end
  vim.ui.select({ "Download and use it", "Leave it" }, {
    prompt = ("%s is not on this machine"):format(entry.title or entry.name),
    kind = "aigc",
  }, function(_, index)
    if index == 1 then
      client.execute("aigc.pullModel", { model = entry.name }, function(result)
        tell(result)
        use(entry)
      end)
    end
  end)
end

---@param on_entries fun(entries: table[])
function M.list(on_entries)
  client.execute("aigc.getModels", nil, function(result)
    local entries = {}
    for _, key in ipairs({ "models", "adapters" }) do
      vim.list_extend(entries, type(result) == "table" and type(result[key]) == "table" and result[key] or {})
    end
    on_entries(entries)
  end)
end

---@param entry table
---@return string
local function row(entry)
  local notes = {}
  if entry.active then
    notes[#notes + 1] = "in use"
  elseif entry.installed == false then
    notes[#notes + 1] = "not downloaded"
  end
  if entry.kind == "adapter" then
    notes[#notes + 1] = "adapter"
  end
  local summary = type(entry.summary) == "string" and entry.summary ~= "" and "  " .. entry.summary or ""
  local note = #notes > 0 and ("  (%s)"):format(table.concat(notes, ", ")) or ""
  return (entry.title or entry.name) .. summary .. note
end

--- Use the model or adapter of that name; none: one that the user picks.
---@param name? string
function M.pick(name)
  M.list(function(entries)
    if name then
      for _, entry in ipairs(entries) do
        if entry.name == name then
          return choose(entry)
        end
      end
      return use({ name = name, kind = "model" })
    end
    vim.ui.select(entries, { prompt = "Model", kind = "aigc", format_item = row }, function(entry)
      if entry then
        choose(entry)
      end
    end)
  end)
end

return M

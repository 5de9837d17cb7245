-- What the server last said of itself (`didChangeStatus`), for a statusline and for `:Aigc status`.
local client = require("aigc.client")
local switch = require("aigc.switch")

local M = {}

---@type table<integer, table> params of the last didChangeStatus, by client
local said = {}
---@type table<string, boolean> models whose absence was told
local told = {}

--- Tell statuslines that something changed.
function M.announce()
  vim.api.nvim_exec_autocmds("User", { pattern = "AigcStatusChanged", modeline = false, data = M.get() })
  vim.cmd.redrawstatus({ bang = true })
end

---@param model any
local function offer_download(model)
  if type(model) ~= "string" or told[model] then
    return
  end
  told[model] = true
  vim.notify(("aigc: the model %s is not on this machine. :Aigc pull downloads it."):format(model), vim.log.levels.WARN)
end

--- Handle `didChangeStatus`.
---@param params table
---@param ctx lsp.HandlerContext
function M.changed(params, ctx)
  if type(params) ~= "table" then
    return
  end
  said[ctx.client_id] = params
  M.announce()
  offer_download(params.missingModel)
end

--- Forget a server that ended.
---@param client_id integer
function M.forget(client_id)
  said[client_id] = nil
  M.announce()
end

---@param value any
---@return any
local function known(value)
  if value == vim.NIL then
    return nil
  end
  return value
end

---@class aigc.Status
---@field attached boolean a server runs
---@field enabled boolean ghost text is on in this buffer
---@field kind? "Normal"|"Warning"|"Error"|"Inactive"
---@field state? string
---@field busy? boolean
---@field message? string
---@field percentage? integer
---@field model? string
---@field runtime? string
---@field missingModel? string
---@field snoozedUntil? number

--- The status as a table.
---@return aigc.Status
function M.get()
  local lsp_client = client.any()
  local status = { attached = lsp_client ~= nil, enabled = switch.enabled() }
  for key, value in pairs(lsp_client and said[lsp_client.id] or {}) do
    status[key] = known(value)
  end
  return status
end

local WORDS = {
  starting = "starting",
  loading = "loading",
  downloading = "downloading",
  ready = "ready",
  unloaded = "resting",
  absent = "idle",
  stopping = "stopping",
  failed = "error",
  off = "off",
  snoozed = "snoozed",
}

--- The status in a word or two; empty where no server runs.
---@return string
function M.line()
  local status = M.get()
  if not status.attached then
    return ""
  end
  if not status.enabled and status.state ~= "failed" then
    return "off"
  end
  -- After a crash it is an error until the engine is ready again.
  local word = status.kind == "Error" and "error" or WORDS[status.state] or "starting"
  if status.percentage and status.busy then
    return ("%s %d %%"):format(word, status.percentage)
  end
  return word
end

return M

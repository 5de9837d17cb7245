-- Starts the server again after a crash, later each time. An end that was asked for is no crash.
local config = require("aigc.config")

local M = {}

local FIRST_S, LONGEST_S, MOST = 1, 30, 8
-- A server that lived this long has overcome what made the last one crash.
local HEALTHY_MS = 10000

local wait_s, tries = FIRST_S, 0
local leaving = false
---@type table<integer, number> when each server attached first
local since = {}

vim.api.nvim_create_autocmd("VimLeavePre", {
  callback = function()
    leaving = true
  end,
})

local function begin_anew()
  wait_s, tries = FIRST_S, 0
end

--- Note when a server attached.
---@param client vim.lsp.Client
function M.attached(client)
  since[client.id] = since[client.id] or vim.uv.now()
end

---@param settings vim.lsp.ClientConfig
---@param buffers integer[]
local function start(settings, buffers)
  for _, bufnr in ipairs(buffers) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      vim.lsp.start(settings, { bufnr = bufnr })
    end
  end
end

---@param client vim.lsp.Client
---@param code integer
---@param signal integer
local function crashed(client, code, signal)
  if since[client.id] and vim.uv.now() - since[client.id] > HEALTHY_MS then
    begin_anew()
  end
  tries = tries + 1
  -- Taken first: a message may wait for a key, and Neovim forgets the buffers meanwhile.
  local settings, buffers = client.config, vim.tbl_keys(client.attached_buffers)
  local enabled = vim.lsp.is_enabled(client.name)
  -- Warnings, not errors: an error message moves the cursor of somebody who is typing.
  local how = ("exit code %d, signal %d"):format(code, signal)
  if tries > MOST then
    local advice = "aigc: the server keeps ending (%s). :Aigc log tells more, :Aigc restart tries again."
    return vim.notify(advice:format(how), vim.log.levels.WARN)
  elseif tries == 1 then
    local notice = "aigc: the server ended (%s); it is started again"
    vim.notify(notice:format(how), vim.log.levels.WARN)
  end
  vim.defer_fn(function()
    local switched_off = enabled and not vim.lsp.is_enabled(client.name)
    if not leaving and not switched_off then
      start(settings, buffers)
    end
  end, wait_s * 1000)
  wait_s = math.min(wait_s * 2, LONGEST_S)
end

--- Handle the end of a server.
---@param code integer
---@param signal integer
---@param client_id integer
function M.exited(code, signal, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  if client and not client._is_stopping and not leaving and config.get().restart then
    crashed(client, code, signal)
  end
  since[client_id] = nil
  require("aigc.status").forget(client_id)
  require("aigc.progress").ended(client_id)
end

---@param client vim.lsp.Client
local function restart_one(client)
  local settings, buffers = client.config, vim.tbl_keys(client.attached_buffers)
  local timer, ticks = assert(vim.uv.new_timer()), 0
  client:stop()
  timer:start(
    50,
    50,
    vim.schedule_wrap(function()
      if timer:is_closing() then
        return
      end
      ticks = ticks + 1
      local running = vim.lsp.get_client_by_id(client.id)
      if running and ticks == 60 then
        running:stop(true)
      elseif not running or ticks > 100 then
        timer:close()
        start(settings, buffers)
      end
    end)
  )
end

--- End the server at the user's wish, and start it anew.
function M.restart()
  begin_anew()
  local clients = vim.lsp.get_clients({ name = require("aigc.client").NAME })
  if #clients == 0 then
    vim.lsp.enable("aigc")
  end
  for _, client in ipairs(clients) do
    restart_one(client)
  end
end

return M

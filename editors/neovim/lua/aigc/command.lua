-- The `:Aigc` command: its subcommands, and what completes them.
local M = {}

---@class aigc.Subcommand
---@field run fun(argument?: string, args: table)
---@field complete? fun(): string[]

local function filetypes()
  return require("aigc.config").get().filetypes
end

---@param action string
---@return aigc.Subcommand
local function ghost(action)
  return {
    run = function()
      require("aigc")[action]()
    end,
  }
end

--- The command line of the server without its last option: what else it can do.
---@return string[]
local function program()
  local client = require("aigc.client").any()
  local command = client and client.config.cmd or vim.lsp.config.aigc.cmd
  return vim.tbl_filter(function(part)
    return part ~= "--stdio"
  end, type(command) == "table" and command or require("aigc.config").get().cmd)
end

local function status()
  local now = require("aigc").status()
  if not now.attached then
    return vim.notify("aigc: no server runs", vim.log.levels.WARN)
  end
  local lines = { ("aigc: %s"):format(require("aigc").statusline()) }
  for _, key in ipairs({ "message", "model", "runtime" }) do
    if now[key] and now[key] ~= "" then
      lines[#lines + 1] = ("  %s: %s"):format(key, now[key])
    end
  end
  lines[#lines + 1] = ("  ghost text in this buffer: %s"):format(now.enabled and "on" or "off")
  require("aigc.client").execute("aigc.getStatus", nil, function(result)
    local counts = type(result) == "table" and result.feedback
    if type(counts) == "table" then
      lines[#lines + 1] = ("  this session: %d shown, %d accepted, %d in part"):format(
        counts.shown or 0,
        counts.accepted or 0,
        counts.partiallyAccepted or 0
      )
    end
    vim.notify(table.concat(lines, "\n"))
  end)
end

local function snooze(minutes)
  local number = tonumber(minutes or "30")
  if not number or number <= 0 then
    return vim.notify("aigc: :Aigc snooze takes a number of minutes", vim.log.levels.WARN)
  end
  require("aigc.client").execute("aigc.snooze", { seconds = math.floor(number * 60) }, function()
    vim.notify(("aigc: no suggestions for %s minutes; :Aigc resume ends that"):format(minutes or "30"))
  end)
end

local function doctor()
  local command = vim.list_extend(program(), { "doctor" })
  local ok, problem = pcall(vim.system, command, { text = true, env = { NO_COLOR = "1" } }, function(done)
    vim.schedule(function()
      local output = (done.stdout or "") .. (done.stderr or "")
      require("aigc.page").show({ title = "doctor", languageId = "", text = output })
    end)
  end)
  if not ok then
    vim.notify("aigc: " .. tostring(problem), vim.log.levels.ERROR)
  end
end

---@type table<string, aigc.Subcommand>
local subcommands = {
  status = { run = status },
  toggle = {
    run = function(scope)
      local on = require("aigc").toggle(scope)
      vim.notify(("aigc: ghost text in this buffer is %s"):format(on and "on" or "off"))
    end,
    complete = function()
      return { "buffer", "global", "filetype" }
    end,
  },
  enable = {
    run = function(filetype)
      require("aigc").enable(filetype)
    end,
    complete = filetypes,
  },
  disable = {
    run = function(filetype)
      require("aigc").disable(filetype)
    end,
    complete = filetypes,
  },
  snooze = {
    run = snooze,
    complete = function()
      return { "5", "30", "60" }
    end,
  },
  resume = {
    run = function()
      require("aigc.client").execute("aigc.snooze", { seconds = 0 })
    end,
  },
  model = {
    run = function(name)
      require("aigc.models").pick(name)
    end,
    complete = function()
      return require("aigc.command").names("aigc.getModels", { "models", "adapters" })
    end,
  },
  pull = {
    run = function(name)
      require("aigc.models").pull(name)
    end,
    complete = function()
      return require("aigc.command").names("aigc.getModels", { "models" })
    end,
  },
  task = {
    run = function(name, args)
      local selected = args.range > 0
      require("aigc.tasks").pick(name, selected and args.line1 or nil, selected and args.line2 or nil)
    end,
    complete = function()
      return require("aigc.command").names("aigc.getTasks", { "tasks" })
    end,
  },
  cancel = {
    run = function()
      require("aigc.progress").cancel()
    end,
  },
  restart = {
    run = function()
      require("aigc.restart").restart()
    end,
  },
  ["restart-engine"] = {
    run = function()
      require("aigc.client").execute("aigc.restartEngine")
    end,
  },
  log = {
    run = function()
      vim.cmd.tabedit(
        vim.fn.fnameescape(vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path())
      )
      vim.cmd("normal! G")
    end,
  },
  doctor = { run = doctor },
  health = {
    run = function()
      vim.cmd.checkhealth("aigc")
    end,
  },
  accept = ghost("accept"),
  ["accept-word"] = ghost("accept_word"),
  ["accept-line"] = ghost("accept_line"),
  next = ghost("next"),
  previous = ghost("previous"),
  dismiss = ghost("dismiss"),
  trigger = ghost("trigger"),
}

--- Names that the server knows, for completion; none where it does not answer at once.
---@param command string
---@param keys string[]
---@return string[]
function M.names(command, keys)
  local client = require("aigc.client").any()
  local answer = client and client:request_sync("workspace/executeCommand", { command = command }, 500, 0)
  local names = {}
  for _, key in ipairs(keys) do
    local entries = answer and type(answer.result) == "table" and answer.result[key]
    for _, entry in ipairs(type(entries) == "table" and entries or {}) do
      names[#names + 1] = entry.name
    end
  end
  return names
end

--- Run `:Aigc …`.
---@param args table as |nvim_create_user_command()| gives them
function M.run(args)
  local name = args.fargs[1] or "status"
  local found = subcommands[name]
  if not found then
    return vim.notify(("aigc: there is no :Aigc %s; <Tab> lists what there is"):format(name), vim.log.levels.ERROR)
  end
  found.run(args.fargs[2], args)
end

--- Complete `:Aigc …`.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(line:gsub("^.-Aigc%s+", ""), "%s+")
  local candidates
  if #words <= 1 then
    candidates = vim.tbl_keys(subcommands)
    table.sort(candidates)
  elseif #words == 2 and subcommands[words[1]] and subcommands[words[1]].complete then
    candidates = subcommands[words[1]].complete()
  end
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates or {})
end

--- The subcommands there are.
---@return string[]
function M.subcommands()
  local names = vim.tbl_keys(subcommands)
  table.sort(names)
  return names
end

return M

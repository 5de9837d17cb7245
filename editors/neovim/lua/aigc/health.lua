-- `:checkhealth aigc`: what is needed for ghost text, what of it is there, and what to do about the rest.
local M = {}

local health = vim.health

local function check_neovim()
  health.start("aigc: Neovim")
  if vim.fn.has("nvim-0.11") == 0 then
    health.error("Neovim 0.11 or newer is needed")
    return
  end
  health.ok("Neovim " .. tostring(vim.version()))
  local mode = require("aigc.ghost").mode()
  health.info(mode == "builtin" and "Ghost text: Neovim's own vim.lsp.inline_completion" or "Ghost text: extmarks")
end

---@param command string[]
---@return vim.SystemCompleted?
local function run(command)
  local ok, started = pcall(vim.system, command, { text = true, timeout = 30000 })
  return ok and started:wait() or nil
end

---@return string[]? program
local function check_command()
  health.start("aigc: the server's command")
  local command = vim.lsp.config.aigc.cmd
  if type(command) ~= "table" then
    health.info("`cmd` is a function; what it starts is not checked")
    return nil
  end
  local path = vim.fn.exepath(command[1])
  if path == "" then
    health.error(("%s is not on the PATH"):format(command[1]), {
      "Install it: pip install 'aigc-lsp[cpu]'",
      'Or say where it is: require("aigc").setup({ cmd = { "/path/to/aigc-lsp", "--stdio" } })',
    })
    return nil
  end
  local program = vim.tbl_filter(function(part)
    return part ~= "--stdio"
  end, command)
  local done = run(vim.list_extend(vim.list_slice(program), { "--version" }))
  if not done or done.code ~= 0 then
    health.error(("%s --version fails"):format(path), vim.trim(done and done.stderr or ""))
    return nil
  end
  health.ok(("%s (%s)"):format(path, vim.trim(done.stdout)))
  return program
end

local function check_client()
  health.start("aigc: the server in this Neovim")
  if not vim.lsp.is_enabled("aigc") then
    health.warn("not enabled", { 'Call require("aigc").setup() or vim.lsp.enable("aigc") in your init.lua' })
  end
  local clients = vim.lsp.get_clients({ name = "aigc" })
  if #clients == 0 then
    health.info("No server runs now: it starts with the first file of one of its file types")
    return
  end
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    health.ok(("attached to %d buffer%s, root %s"):format(count, count == 1 and "" or "s", client.root_dir or "none"))
  end
  local status = require("aigc.status").get()
  local text = ("engine: %s"):format(status.state or "the server has not said yet")
  if status.model then
    text = ("%s, %s%s"):format(text, status.model, status.runtime and " on " .. status.runtime or "")
  end
  if status.kind == "Error" then
    health.error(text, status.message or "")
  else
    health.ok(text)
  end
  if status.missingModel then
    health.warn(("the model %s is not on this machine"):format(status.missingModel), ":Aigc pull downloads it")
  end
end

---@param program string[]
local function check_doctor(program)
  health.start("aigc: what `aigc-lsp doctor` finds")
  local done = run(vim.list_extend(vim.list_slice(program), { "doctor", "--json" }))
  local ok, report = pcall(vim.json.decode, done and done.stdout or "")
  if not ok or type(report) ~= "table" or type(report.findings) ~= "table" then
    health.error("`aigc-lsp doctor --json` gave no report", vim.trim(done and done.stderr or ""))
    return
  end
  for _, finding in ipairs(report.findings) do
    local text = ("%s: %s"):format(finding.topic, finding.text)
    local remedy = finding.remedy ~= "" and finding.remedy or nil
    if finding.state == "ok" then
      health.ok(text)
    elseif finding.state == "error" then
      health.error(text, remedy)
    elseif finding.state == "warning" then
      health.warn(text, remedy)
    else
      health.info(text)
    end
  end
end

---@return integer? bufnr
local function attached_buffer()
  for _, client in ipairs(vim.lsp.get_clients({ name = "aigc" })) do
    local bufnr = next(client.attached_buffers)
    if bufnr then
      return bufnr
    end
  end
end

---@param mapping table
---@return string
local function described(mapping)
  return mapping.desc or mapping.rhs or "a function"
end

local function check_keys()
  health.start("aigc: keys")
  local bufnr = attached_buffer()
  if not bufnr then
    return health.info("Keys are mapped in the buffers that the server attaches to; there is none now")
  end
  local bound = require("aigc.keymaps").bound(bufnr)
  for action, one in vim.spairs(bound) do
    local mapping = one.current
    local name = ("%s %s"):format(one.key, action:gsub("_", " "))
    if not mapping or not vim.startswith(mapping.desc or "", "aigc: ") then
      health.warn(("%s: taken by another mapping (%s)"):format(name, mapping and described(mapping) or "gone"), {
        "It works if that mapping falls back on the one before, as nvim-cmp's and blink.cmp's do",
        ("Or choose another key: keymaps = { %s = … }"):format(action),
      })
    elseif one.previous then
      health.ok(("%s; without ghost text: %s"):format(name, described(one.previous)))
    else
      health.ok(name)
    end
  end
end

--- Write the report.
function M.check()
  check_neovim()
  local program = check_command()
  check_client()
  if program then
    check_doctor(program)
  end
  check_keys()
end

return M

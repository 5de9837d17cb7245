-- Run by scripts/lint in Neovim: every file compiles, every module can be loaded, and the help has no double tag.
vim.opt.runtimepath:prepend(vim.fn.getcwd())
local failed = false

local function fail(text)
  failed = true
  io.stderr:write(text, "\n")
end

for _, file in ipairs(arg) do
  local chunk, problem = loadfile(file)
  if not chunk then
    fail(problem)
  end
  local module = file:match("^lua/(.+)%.lua$")
  if module and not module:match("ghost/builtin$") then
    local ok, reason = pcall(require, (module:gsub("/init$", ""):gsub("/", ".")))
    if not ok then
      fail(reason)
    end
  end
end

local scratch = vim.fn.tempname()
vim.fn.mkdir(scratch)
vim.fn.writefile(vim.fn.readfile("doc/aigc.txt"), scratch .. "/aigc.txt")
local ok, problem = pcall(vim.cmd.helptags, scratch)
if not ok then
  fail(problem)
end
os.exit(failed and 1 or 0)

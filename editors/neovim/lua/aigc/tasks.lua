-- Tasks of the server: asks the user for what a task wants to know, runs it, and shows a text that it returns.
local client = require("aigc.client")

local M = {}

--- Show a text in a split, in a buffer that is no file.
---@param document { title: string, languageId: string, text: string }
function M.show(document)
  local lines = vim.split((document.text:gsub("\r\n", "\n"):gsub("\n$", "")), "\n", { plain = true })
  vim.cmd("belowright new")
  local bufnr = vim.api.nvim_get_current_buf()
  vim.bo[bufnr].buftype = "nofile"
  vim.bo[bufnr].bufhidden = "wipe"
  vim.bo[bufnr].swapfile = false
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  pcall(vim.api.nvim_buf_set_name, bufnr, ("aigc://%d/%s"):format(bufnr, document.title or "text"))
  vim.bo[bufnr].filetype = document.languageId or ""
  vim.bo[bufnr].modifiable = false
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = bufnr, desc = "aigc: close" })
end

---@param question table
---@param done fun(answer: string?)
local function ask_one(question, done)
  if question.kind == "choice" then
    local choices = vim.deepcopy(question.choices or {})
    vim.ui.select(choices, { prompt = question.title, kind = "aigc" }, done)
    return
  end
  local hint = type(question.placeholder) == "string" and question.placeholder ~= "" and question.placeholder
  vim.ui.input({
    prompt = question.title .. (hint and (" (%s)"):format(hint) or "") .. ": ",
    default = type(question.default) == "string" and question.default or nil,
  }, done)
end

--- Ask all questions, one after another. `done` is not called when the user backs out of one.
---@param questions table[]
---@param answers table<string, string>
---@param done fun(answers: table<string, string>)
local function ask(questions, answers, done)
  local question = questions[1]
  if not question then
    return done(answers)
  end
  ask_one(question, function(answer)
    if answer == nil then
      return
    end
    answers[question.name] = answer
    ask(vim.list_slice(questions, 2), answers, done)
  end)
end

---@param value any
---@return any
local function list(value)
  return type(value) == "table" and value or {}
end

--- Run a task. `argument` is the object that `aigc.runTask` takes; its `ask` is asked first.
---@param argument table
---@param lsp_client? vim.lsp.Client
function M.run(argument, lsp_client)
  ask(list(argument.ask), vim.deepcopy(list(argument.arguments)), function(answers)
    local sent = vim.deepcopy(argument)
    sent.ask = nil
    sent.arguments = next(answers) and answers or vim.empty_dict()
    client.execute("aigc.runTask", sent, function(result)
      if type(result) == "table" and type(result.document) == "table" then
        M.show(result.document)
      end
    end, lsp_client)
  end)
end

--- Handle the command of a code action, on this side of the wire.
---@param command lsp.Command
---@param ctx { client_id: integer }
function M.run_command(command, ctx)
  M.run(list(command.arguments)[1] or {}, vim.lsp.get_client_by_id(ctx.client_id))
end

--- The selected lines as a range, or the cursor's place.
---@param encoding string
---@param first? integer
---@param last? integer
---@return lsp.Range
local function range(encoding, first, last)
  if not first or not last then
    return vim.lsp.util.make_range_params(0, encoding).range
  end
  local finish = { line = last - 1, character = vim.str_utfindex(vim.fn.getline(last), encoding) }
  return { start = { line = first - 1, character = 0 }, ["end"] = finish }
end

--- Run a task by its name, or one that the user picks among those that apply here.
---@param name? string
---@param first? integer first line of a selection, from 1
---@param last? integer
function M.pick(name, first, last)
  local lsp_client = client.get()
  if not lsp_client then
    return vim.notify("aigc: no server runs for this file", vim.log.levels.WARN)
  end
  local uri, where = vim.uri_from_bufnr(0), range(lsp_client.offset_encoding, first, last)
  local version = vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()]
  client.execute("aigc.getTasks", { uri = uri, range = where }, function(result)
    local tasks = vim.tbl_filter(function(task)
      return not name or task.name == name
    end, list(result and result.tasks))
    local function start(task)
      if task then
        M.run({ task = task.name, uri = uri, range = where, version = version, ask = task.arguments }, lsp_client)
      end
    end
    if #tasks == 0 then
      local what = name and ("the task %s does not apply here"):format(name) or "no task applies here"
      vim.notify("aigc: " .. what, vim.log.levels.INFO)
    elseif name then
      start(tasks[1])
    else
      vim.ui.select(tasks, {
        prompt = "Task",
        kind = "aigc",
        format_item = function(task)
          return task.title
        end,
      }, start)
    end
  end, lsp_client)
end

return M

-- Tasks of the server: asks the user for what a task wants to know, runs it, and shows a text that it writes.
local client = require("aigc.client")
local page = require("aigc.page")
local progress = require("aigc.progress")

local M = {}

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

--- Whether a task's result is worth watching: a text to read, or what takes minutes; other edits show in the buffer.
---@param task? table
---@return boolean
local function worth_watching(task)
  return task ~= nil and (task.gives == "page" or task.cost == "minutes")
end

--- Run a task that the user answered all questions of; what it writes is seen in a split before it is done.
---@param argument table
---@param title string
---@param task? table what the server says of it
---@param lsp_client? vim.lsp.Client
local function start(argument, title, task, lsp_client)
  local shown, token
  if worth_watching(task) then
    token = progress.listen(function(text)
      if shown then
        page.update(shown, text)
      else
        shown = page.show({ title = title, text = text }, false)
      end
    end, function()
      if shown then
        page.close(shown)
      end
    end)
    argument.previewToken = token
  end
  local function ended(result)
    if token then
      progress.forget(token)
    end
    local document = type(result) == "table" and type(result.document) == "table" and result.document or nil
    if shown and document then
      page.finish(shown, document)
    elseif shown then
      page.close(shown) -- nobody checked what is in it
    elseif document then
      page.show(document)
    end
  end
  client.execute("aigc.runTask", argument, ended, { client = lsp_client, what = title, on_error = ended })
end

--- Run a task. `argument` is the object that `aigc.runTask` takes; its `ask` is asked first.
---@param argument table
---@param title? string
---@param task? table what the server says of it, where that is known
---@param lsp_client? vim.lsp.Client
function M.run(argument, title, task, lsp_client)
  require("aigc.requests").leave_visual()
  ask(list(argument.ask), vim.deepcopy(list(argument.arguments)), function(answers)
    local sent = vim.deepcopy(argument)
    sent.ask = nil
    sent.arguments = next(answers) and answers or vim.empty_dict()
    if task then
      return start(sent, title or task.title, task, lsp_client)
    end
    client.execute("aigc.getTasks", nil, function(result)
      local named = vim.iter(list(result and result.tasks)):find(function(one)
        return one.name == argument.task
      end)
      start(sent, title or argument.task, named, lsp_client)
    end, { client = lsp_client })
  end)
end

--- Handle the command of a code action or a lens, on this side of the wire.
---@param command lsp.Command
---@param ctx { client_id: integer }
function M.run_command(command, ctx)
  local lsp_client = vim.lsp.get_client_by_id(ctx.client_id)
  M.run(list(command.arguments)[1] or {}, command.title, nil, lsp_client)
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
  local encoding, bufnr = lsp_client.offset_encoding, vim.api.nvim_get_current_buf()
  local place = { uri = uri, range = where, diagnostics = require("aigc.diagnostics").at(bufnr, where, encoding) }
  client.execute("aigc.getTasks", place, function(result)
    local tasks = vim.tbl_filter(function(task)
      return not name or task.name == name
    end, list(result and result.tasks))
    local function run(task)
      if task then
        local argument = vim.tbl_extend("error", place, { task = task.name, version = version, ask = task.arguments })
        M.run(argument, task.title, task, lsp_client)
      end
    end
    if #tasks == 0 then
      local what = name and ("the task %s does not apply here"):format(name) or "no task applies here"
      vim.notify("aigc: " .. what, vim.log.levels.INFO)
    elseif name then
      run(tasks[1])
    else
      vim.ui.select(tasks, {
        prompt = "Task",
        kind = "aigc",
        format_item = function(task)
          return task.title
        end,
      }, run)
    end
  end, { client = lsp_client })
end

return M

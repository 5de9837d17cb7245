-- `$/progress` of the server: previews of long texts, and work that the user can take back, told in the message line.
local M = {}

---@type table<string, { on_text: fun(text: string), on_drop: fun() }> what becomes of previews, by token
local previews = {}
---@type table<string|integer, { client_id: integer, title: string }> work that can be taken back, by token
local working = {}
local tokens = 0
local told = false

--- Get a token for the previews of one task; `on_text` gets all that there is of the text so far. `on_drop` is called
--- when the task was cancelled: Neovim lets nobody know of the answer to that.
---@param on_text fun(text: string)
---@param on_drop fun()
---@return string token
function M.listen(on_text, on_drop)
  tokens = tokens + 1
  local token = "aigc-preview-" .. tokens
  previews[token] = { on_text = on_text, on_drop = on_drop }
  return token
end

---@param token string
function M.forget(token)
  previews[token] = nil
end

--- Say something that is not worth keeping, where it disturbs nobody: not while a command is typed or asked for.
---@param text string
local function say(text)
  if vim.api.nvim_get_mode().mode:match("^[niRvVsS\22\19]") then
    vim.api.nvim_echo({ { vim.fn.strcharpart(text, 0, vim.v.echospace) } }, false, {})
    vim.cmd.redraw()
    told = text ~= ""
  end
end

---@param token string|integer
---@param value table
---@param client_id integer
local function follow(token, value, client_id)
  if value.kind == "begin" and value.cancellable == true then
    working[token] = { client_id = client_id, title = (tostring(value.title):gsub("^aigc%-lsp: ", "")) }
  end
  local work = working[token]
  if not work then
    return
  end
  if value.kind == "end" then
    working[token] = nil
    if told then
      say("")
    end
  elseif type(value.message) == "string" then
    say(("aigc: %s: %s"):format(work.title, value.message))
  end
end

--- Handle `$/progress`.
---@param err? lsp.ResponseError
---@param params { token: string|integer, value: any }
---@param ctx lsp.HandlerContext
function M.handle(err, params, ctx)
  local preview = previews[params.token]
  if preview then
    if type(params.value) == "table" and type(params.value.text) == "string" then
      preview.on_text(params.value.text)
    end
    return
  end
  if type(params.value) == "table" then
    follow(params.token, params.value, ctx.client_id)
  end
  return vim.lsp.handlers["$/progress"](err, params, ctx)
end

local function drop_previews()
  local dropped = previews
  previews = {}
  for _, preview in pairs(dropped) do
    preview.on_drop()
  end
end

--- Take back what runs: tasks and downloads.
function M.cancel()
  if not next(working) then
    return vim.notify("aigc: nothing runs that could be cancelled", vim.log.levels.INFO)
  end
  for token, work in pairs(working) do
    local lsp_client = vim.lsp.get_client_by_id(work.client_id)
    if lsp_client then
      lsp_client:notify("window/workDoneProgress/cancel", { token = token })
    end
  end
  drop_previews()
end

--- Forget the work of a server that ended.
---@param client_id integer
function M.ended(client_id)
  for token, work in pairs(working) do
    if work.client_id == client_id then
      working[token] = nil
    end
  end
  drop_previews()
end

return M

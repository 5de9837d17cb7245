-- A stand-in for `vim.lsp.inline_completion` of Neovim 0.12, with its functions as its documentation has them:
-- enable({enable}, {filter}), is_enabled({filter}), get({opts}) and select({opts}). It asks after a pause, draws in
-- the namespace that Neovim uses, and accepts a moment after get(), as that one does.
local M = {}

local namespace = vim.api.nvim_create_namespace("nvim.lsp.inline_completion")
local states = {}
M.calls = {}

local function note(name, argument)
  table.insert(M.calls, { name, argument })
end

local function number(bufnr)
  return (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
end

local function draw(state)
  vim.api.nvim_buf_clear_namespace(state.bufnr, namespace, 0, -1)
  local item = state.items[state.index]
  state.current = item
  if not item then
    return
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  local lines = vim.split(item.insertText, "\n")
  vim.api.nvim_buf_set_extmark(state.bufnr, namespace, cursor[1] - 1, cursor[2], {
    virt_text = { { lines[1], "ComplHint" } },
    virt_text_pos = "inline",
  })
end

local function ask(state)
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = state.bufnr, method = "textDocument/inlineCompletion" })) do
    local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
    params.context = { triggerKind = 2 }
    client:request("textDocument/inlineCompletion", params, function(err, result)
      if not err and result and states[state.bufnr] == state then
        state.items, state.index, state.client = result.items or result, 1, client
        draw(state)
      end
    end, state.bufnr)
  end
end

local function forget(state)
  vim.api.nvim_buf_clear_namespace(state.bufnr, namespace, 0, -1)
  state.items, state.current = {}, nil
end

function M.is_enabled(filter)
  return states[number(filter and filter.bufnr)] ~= nil
end

function M.enable(enable, filter)
  local bufnr = number(filter and filter.bufnr)
  note("enable", { enable ~= false, bufnr })
  if enable == false then
    local state = states[bufnr]
    if state then
      forget(state)
      vim.api.nvim_del_augroup_by_id(state.group)
      states[bufnr] = nil
    end
  elseif not states[bufnr] then
    local state = { bufnr = bufnr, items = {}, index = 1, group = vim.api.nvim_create_augroup("stand-in" .. bufnr, {}) }
    states[bufnr] = state
    vim.api.nvim_create_autocmd({ "InsertEnter", "CursorMovedI" }, {
      group = state.group,
      buffer = bufnr,
      callback = function()
        vim.defer_fn(function()
          if states[bufnr] == state and vim.fn.mode() == "i" then
            ask(state)
          end
        end, 200)
      end,
    })
  end
end

function M.select(opts)
  note("select", opts)
  local state = states[number(opts.bufnr)]
  state.index = (state.index - 1 + opts.count) % #state.items + 1
  draw(state)
end

function M.get(opts)
  note("get", vim.tbl_keys(opts or {}))
  local state = states[number(opts and opts.bufnr)]
  if not state or not state.current then
    return false
  end
  vim.schedule(function()
    local item, client = state.current, state.client
    forget(state)
    if opts.on_accept then
      return opts.on_accept({ insert_text = item.insertText, client_id = client.id, command = item.command })
    end
    local cursor = vim.api.nvim_win_get_cursor(0)
    vim.api.nvim_buf_set_text(state.bufnr, cursor[1] - 1, cursor[2], cursor[1] - 1, cursor[2], { item.insertText })
    vim.api.nvim_win_set_cursor(0, { cursor[1], cursor[2] + #item.insertText })
    client:exec_cmd(item.command, { bufnr = state.bufnr })
  end)
  return true
end

return M

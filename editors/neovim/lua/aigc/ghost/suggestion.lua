-- One suggestion and where it stands: how much of it is typed already, and what is left. It neither asks nor draws.
local client = require("aigc.client")
local text = require("aigc.ghost.text")

-- What a plugin for pairs puts to the right of the cursor when an opening one is typed.
local CLOSERS = "^[%)%]}>\"'`]+$"

---@class aigc.Suggestion
---@field item table the item as it came
---@field client_id integer
---@field bufnr integer
---@field text string with "\n" between lines
---@field row integer line of its start, from 0
---@field start integer byte column of its start
---@field before string the line left of its start
---@field right string the line right of the cursor when it came
---@field replaced integer bytes of `right` that it replaces
---@field shown boolean the server knows that it was seen
local Suggestion = {}
Suggestion.__index = Suggestion

---@class aigc.Place
---@field row integer cursor line, from 0
---@field col integer cursor byte column
---@field typed integer bytes of the text that stand in the buffer
---@field rest string what is left of the text
---@field replaced string what right of the cursor it replaces
---@field tail string the line right of that

---@param bufnr integer
---@param position lsp.Position
---@param encoding string
---@return integer byte column
local function byte_column(bufnr, position, encoding)
  local line = vim.api.nvim_buf_get_lines(bufnr, position.line, position.line + 1, false)[1] or ""
  return vim.str_byteindex(line, encoding, position.character, false)
end

--- Read an item for the place of the cursor. Nil where it does not fit there.
---@param item table
---@param lsp_client vim.lsp.Client
---@param bufnr integer
---@return aigc.Suggestion?
function Suggestion.new(item, lsp_client, bufnr)
  if type(item) ~= "table" or type(item.insertText) ~= "string" then
    return nil
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local line = vim.api.nvim_get_current_line()
  local start, finish = col, col
  if type(item.range) == "table" then
    if item.range.start.line ~= row or item.range["end"].line ~= row then
      return nil
    end
    start = byte_column(bufnr, item.range.start, lsp_client.offset_encoding)
    finish = byte_column(bufnr, item.range["end"], lsp_client.offset_encoding)
  end
  if start > col or finish < col then
    return nil
  end
  local self = setmetatable({
    item = item,
    client_id = lsp_client.id,
    bufnr = bufnr,
    text = text.normalize(item.insertText),
    row = row,
    start = start,
    before = line:sub(1, start),
    right = line:sub(col + 1),
    replaced = finish - col,
    shown = false,
  }, Suggestion)
  return self:locate() and self or nil
end

--- Where the suggestion stands now. Nil once the text left or right of the cursor is not the one that it is for.
---@return aigc.Place?
function Suggestion:locate()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local first = vim.api.nvim_buf_get_lines(self.bufnr, self.row, self.row + 1, false)[1]
  if not first or row < self.row or first:sub(1, self.start) ~= self.before then
    return nil
  elseif row == self.row and col < self.start then
    return nil
  end
  local typed = table.concat(vim.api.nvim_buf_get_text(self.bufnr, self.row, self.start, row, col, {}), "\n")
  if not vim.startswith(self.text, typed) then
    return nil
  end
  local rest = self.text:sub(#typed + 1)
  local right = vim.api.nvim_get_current_line():sub(col + 1)
  local replaced = self.replaced
  if right ~= self.right then
    local extra = right:sub(1, math.max(#right - #self.right, 0))
    local closes = extra .. self.right == right and extra:match(CLOSERS) and rest:find(extra, 1, true)
    if not closes then
      return nil
    end
    replaced = replaced + #extra
  end
  local gone = right:sub(1, replaced)
  if rest == "" or rest == gone then
    return nil
  end
  return { row = row, col = col, typed = #typed, rest = rest, replaced = gone, tail = right:sub(replaced + 1) }
end

--- Put the rest, or the piece of it that `kind` names, into the buffer, and the cursor behind it.
---@param kind "all"|"word"|"line"
---@return boolean whole nothing is left
function Suggestion:insert(kind)
  local place = assert(self:locate(), "the suggestion does not fit here")
  local piece = place.rest
  if kind == "word" then
    piece = text.first_word(place.rest)
  elseif kind == "line" then
    piece = text.first_line(place.rest)
  end
  local whole = piece == place.rest
  local lines = vim.split(piece, "\n", { plain = true })
  local row, col = place.row, place.col
  vim.api.nvim_buf_set_text(self.bufnr, row, col, row, whole and col + #place.replaced or col, lines)
  local last = lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines, #lines == 1 and col + #last or #last })
  self:report(whole, place.typed + #piece)
  return whole
end

---@param whole boolean
---@param length integer bytes of the text that stand in the buffer now
function Suggestion:report(whole, length)
  local lsp_client = vim.lsp.get_client_by_id(self.client_id)
  if not lsp_client then
    return
  end
  if not whole then
    client.partially_accepted(lsp_client, self.item, text.utf16_length(self.item.insertText, length))
  elseif type(self.item.command) == "table" then
    client.execute_quietly(lsp_client, self.item.command, self.bufnr)
  end
end

--- Tell the server, once, that the suggestion was seen.
function Suggestion:report_shown()
  local lsp_client = not self.shown and vim.lsp.get_client_by_id(self.client_id)
  if lsp_client then
    self.shown = true
    client.shown(lsp_client, self.item)
  end
end

return Suggestion

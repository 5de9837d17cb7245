-- Pure functions on the text of a suggestion: line endings, pieces that can be accepted alone, lengths.
local M = {}

--- Neovim holds lines without their ends: whatever ends the server's lines, here it is "\n".
---@param text string
---@return string
function M.normalize(text)
  return (text:gsub("\r\n", "\n"):gsub("\r", "\n"))
end

--- Length in UTF-16 code units of the part of `original` that the first `length` bytes of its normal form came from.
---@param original string
---@param length integer
---@return integer
function M.utf16_length(original, length)
  local normal, index = 0, 1
  while normal < length and index <= #original do
    index = index + (original:sub(index, index + 1) == "\r\n" and 2 or 1)
    normal = normal + 1
  end
  return vim.str_utfindex(original:sub(1, index - 1), "utf-16")
end

--- The first word with the white space before it; of other characters, the first run.
---@param rest string
---@return string
function M.first_word(rest)
  local word = vim.fn.matchstr(rest, [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)]])
  return word ~= "" and word or rest
end

--- The rest of the line; at its end, the next line.
---@param rest string
---@return string
function M.first_line(rest)
  local line = rest:match("^\n*[^\n]+")
  return line or rest
end

--- Where `part` lies in `whole` when its characters stay in order: the pieces of `whole` around them.
--- { "a", "b" } for "a)b" and ")"; nil where it does not.
---@param whole string
---@param part string
---@return string[]? pieces one more than `part` has characters
function M.around(whole, part)
  local pieces, from = {}, 1
  for _, character in ipairs(vim.fn.split(part, "\\zs")) do
    local first, last = whole:find(character, from, true)
    if not first then
      return nil
    end
    pieces[#pieces + 1] = whole:sub(from, first - 1)
    from = last + 1
  end
  pieces[#pieces + 1] = whole:sub(from)
  return pieces
end

--- Tabs as the blanks that they fill from a display column on: virtual text has no tab stops.
---@param text string
---@param column integer display column, from 0
---@param tabstop integer
---@return string
function M.expand_tabs(text, column, tabstop)
  if not text:find("\t", 1, true) then
    return text
  end
  local out = {}
  for _, piece in ipairs(vim.fn.split(text, [[\t\zs]])) do
    local plain = piece:gsub("\t$", "")
    column = column + vim.api.nvim_strwidth(plain)
    out[#out + 1] = plain
    if plain ~= piece then
      local blanks = tabstop - column % tabstop
      out[#out + 1] = (" "):rep(blanks)
      column = column + blanks
    end
  end
  return table.concat(out)
end

return M

-- Draws a suggestion with extmarks: at the cursor, over text that it replaces, and below. It decides nothing.
local text = require("aigc.ghost.text")

local M = {}

M.GROUP = "AigcSuggestion"
M.namespace = vim.api.nvim_create_namespace("aigc.ghost")

-- Bright black: what terminals without true colour have for faint text. Neovim's own colour scheme has no colour
-- of 16 for comments, and ghost text would look like text there.
local FAINT = 8

--- Define the highlight group, unless the user or the colour scheme did.
function M.define_highlight()
  local base = vim.fn.hlexists("ComplHint") == 1 and "ComplHint" or "Comment"
  local colours = vim.api.nvim_get_hl(0, { name = base, link = false })
  vim.api.nvim_set_hl(0, M.GROUP, {
    fg = colours.fg,
    ctermfg = colours.ctermfg or FAINT,
    italic = colours.italic,
    default = true,
  })
end

---@param bufnr integer
function M.clear(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
  end
end

---@param bufnr integer
---@param row integer
---@param col integer
---@param options table
local function mark(bufnr, row, col, options)
  vim.api.nvim_buf_set_extmark(
    bufnr,
    M.namespace,
    row,
    col,
    vim.tbl_extend("force", { hl_mode = "combine", strict = false }, options)
  )
end

--- Text between characters of the line that stay: nothing of the line is hidden.
---@param bufnr integer
---@param place aigc.Place
---@param pieces string[]
---@param column integer display column of the cursor
local function draw_between(bufnr, place, pieces, column)
  local tabstop, col = vim.bo[bufnr].tabstop, place.col
  local kept = vim.fn.split(place.replaced, "\\zs")
  for index, piece in ipairs(pieces) do
    if piece ~= "" then
      local chunk = text.expand_tabs(piece, column, tabstop)
      mark(bufnr, place.row, col, { virt_text = { { chunk, M.GROUP } }, virt_text_pos = "inline" })
      column = column + vim.api.nvim_strwidth(chunk)
    end
    local character = kept[index] or ""
    col = col + #character
    column = column + vim.fn.strdisplaywidth(character, column)
  end
end

--- Text over the rest of the line, as the line will be: what it replaces must not be seen.
---@param bufnr integer
---@param place aigc.Place
---@param first string
---@param below table[] virtual lines
---@param column integer
local function draw_over(bufnr, place, first, below, column)
  local tabstop = vim.bo[bufnr].tabstop
  local hidden = vim.fn.strdisplaywidth(place.replaced .. place.tail, column)
  local shown = text.expand_tabs(first, column, tabstop)
  local chunks = { { shown, M.GROUP } }
  local width = vim.api.nvim_strwidth(shown)
  if #below == 0 then
    local tail = text.expand_tabs(place.tail, column + width, tabstop)
    chunks[#chunks + 1] = { tail, "Normal" }
    width = width + vim.api.nvim_strwidth(tail)
  end
  chunks[#chunks + 1] = { (" "):rep(math.max(hidden - width, 0)), "Normal" }
  mark(bufnr, place.row, place.col, {
    virt_text = chunks,
    virt_text_pos = "overlay",
    virt_lines = #below > 0 and below or nil,
    hl_mode = "replace",
  })
end

--- Show what is left of a suggestion at its place.
---@param bufnr integer
---@param place aigc.Place
function M.draw(bufnr, place)
  M.clear(bufnr)
  local tabstop = vim.bo[bufnr].tabstop
  local lines = vim.split(place.rest, "\n", { plain = true })
  local column = vim.fn.strdisplaywidth(vim.api.nvim_get_current_line():sub(1, place.col))
  local below = {}
  for index = 2, #lines do
    below[#below + 1] = { { text.expand_tabs(lines[index], 0, tabstop), M.GROUP } }
  end
  if #below == 0 then
    local pieces = text.around(lines[1], place.replaced)
    if pieces then
      draw_between(bufnr, place, pieces, column)
    else
      draw_over(bufnr, place, lines[1], below, column)
    end
    return
  end
  if place.replaced == "" and place.tail == "" then
    local first = text.expand_tabs(lines[1], column, tabstop)
    mark(bufnr, place.row, place.col, {
      virt_text = first ~= "" and { { first, M.GROUP } } or nil,
      virt_text_pos = "inline",
      virt_lines = below,
    })
    return
  end
  local last = below[#below]
  local end_column = vim.api.nvim_strwidth(last[1][1])
  last[#last + 1] = { text.expand_tabs(place.tail, end_column, tabstop), "Normal" }
  draw_over(bufnr, place, lines[1], below, column)
end

return M

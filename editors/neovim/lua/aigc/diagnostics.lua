-- What all servers found at a place, as our server is told of it. Neovim itself tells a server only of its own.
local M = {}

---@param bufnr integer
---@param line integer
---@param column integer in bytes
---@param encoding string
---@return lsp.Position
local function position(bufnr, line, column, encoding)
  local text = vim.api.nvim_buf_get_lines(bufnr, line, line + 1, false)[1] or ""
  return { line = line, character = vim.str_utfindex(text, encoding, math.min(column, #text), false) }
end

--- The diagnostics on the lines of a range.
---@param bufnr integer
---@param range lsp.Range
---@param encoding string
---@return lsp.Diagnostic[]
function M.at(bufnr, range, encoding)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(bufnr)) do
    local last = one.end_lnum or one.lnum
    if one.lnum <= range["end"].line and last >= range.start.line then
      found[#found + 1] = {
        range = {
          start = position(bufnr, one.lnum, one.col, encoding),
          ["end"] = position(bufnr, last, one.end_col or one.col, encoding),
        },
        message = one.message,
        severity = one.severity,
        source = one.source,
        code = one.code,
      }
    end
  end
  return found
end

return M

-- Tells whether a completion menu is open: Neovim's own, nvim-cmp's or blink.cmp's. None of them is loaded for that.
local M = {}

---@return boolean
function M.visible()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  local cmp = package.loaded["cmp"]
  if type(cmp) == "table" and type(cmp.visible) == "function" then
    local ok, visible = pcall(cmp.visible)
    if ok and visible then
      return true
    end
  end
  local blink = package.loaded["blink.cmp"]
  if type(blink) == "table" and type(blink.is_menu_visible) == "function" then
    local ok, visible = pcall(blink.is_menu_visible)
    return ok and visible == true
  end
  return false
end

local watched_cmp

--- Call `changed` whenever a menu opens or closes.
---@param group integer
---@param changed fun()
function M.watch(group, changed)
  vim.api.nvim_create_autocmd({ "CompleteChanged", "CompleteDone" }, { group = group, callback = changed })
  vim.api.nvim_create_autocmd("User", {
    group = group,
    pattern = { "BlinkCmpMenuOpen", "BlinkCmpMenuClose" },
    callback = changed,
  })
  -- nvim-cmp has events of its own; it may be loaded later than this.
  vim.api.nvim_create_autocmd("InsertEnter", {
    group = group,
    callback = function()
      local cmp = package.loaded["cmp"]
      if type(cmp) == "table" and cmp.event and watched_cmp ~= cmp.event then
        watched_cmp = cmp.event
        pcall(cmp.event.on, cmp.event, "menu_opened", changed)
        pcall(cmp.event.on, cmp.event, "menu_closed", changed)
      end
    end,
  })
end

return M

-- Registers what must be there before anything is used. Every module is loaded when it is first needed.
if vim.g.loaded_aigc then
  return
end
vim.g.loaded_aigc = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.notify_once("aigc needs Neovim 0.11 or newer", vim.log.levels.WARN)
  return
end

local group = vim.api.nvim_create_augroup("aigc", { clear = true })

vim.api.nvim_create_autocmd("LspAttach", {
  group = group,
  desc = "aigc: ghost text, keys and status in the buffer",
  callback = function(args)
    local client = vim.lsp.get_client_by_id(args.data.client_id)
    if client and client.name == "aigc" then
      require("aigc.attach").attach(client, args.buf)
    end
  end,
})

vim.api.nvim_create_autocmd("LspDetach", {
  group = group,
  desc = "aigc: clear ghost text and keys",
  callback = function(args)
    local client = vim.lsp.get_client_by_id(args.data.client_id)
    if client and client.name == "aigc" then
      require("aigc.attach").detach(args.buf)
    end
  end,
})

vim.api.nvim_create_user_command("Aigc", function(args)
  require("aigc.command").run(args)
end, {
  nargs = "*",
  range = true,
  desc = "AI code completion: status, models, tasks, on and off",
  complete = function(lead, line)
    return require("aigc.command").complete(lead, line)
  end,
})

-- One mapping for each action, for keys of your own: vim.keymap.set("i", "<C-j>", "<Plug>(aigc-accept)").
for _, action in ipairs({ "accept", "accept_word", "accept_line", "next", "previous", "dismiss", "trigger" }) do
  vim.keymap.set("i", ("<Plug>(aigc-%s)"):format(action:gsub("_", "-")), function()
    require("aigc")[action]()
  end, { desc = "aigc: " .. action:gsub("_", " ") })
end
vim.keymap.set({ "i", "n" }, "<Plug>(aigc-toggle)", function()
  require("aigc").toggle()
end, { desc = "aigc: toggle ghost text in this buffer" })

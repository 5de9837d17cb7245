require("aigc").setup({
  cmd = { @ARGV@ },
})
vim.lsp.enable("aigc")

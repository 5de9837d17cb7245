-- What `vim.lsp.enable("aigc")` starts. Options of `require("aigc").setup()` are in it already.
return require("aigc.lsp_config").get()

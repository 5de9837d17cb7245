require("aigc").setup({
  cmd = { @ARGV@ },
})

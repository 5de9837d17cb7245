-- Neovim runs LuaJIT; `vim` is its one global, and options are set through it.
std = "luajit"
read_globals = {
  vim = {
    other_fields = true,
    fields = {
      b = { read_only = false, other_fields = true },
      bo = { read_only = false, other_fields = true },
      g = { read_only = false, other_fields = true },
      o = { read_only = false, other_fields = true },
    },
  },
}
max_line_length = 120

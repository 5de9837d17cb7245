-- The `vim.lsp.config` entry: how the server is started and what this client can do for it.
local config = require("aigc.config")

local M = {}

-- Neovim's names of file types where the Language Server Protocol has another one.
local LANGUAGE_IDS = { sh = "shellscript", bash = "shellscript" }

---@return lsp.ClientCapabilities
local function capabilities()
  return {
    -- 0.11 does not announce it. With it the server offers ghost text, and leaves the completion menu alone.
    textDocument = { inlineCompletion = { dynamicRegistration = false } },
    -- Nor this: the server says when its lenses may be asked for, and when they were switched on or off.
    workspace = { codeLens = { refreshSupport = true } },
    experimental = { aigc = { status = true, ask = true, document = true, downloads = true } },
  }
end

---@return vim.lsp.Config
function M.get()
  local options = config.get()
  return {
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = options.root_markers,
    settings = { aigc = next(options.settings) and options.settings or vim.empty_dict() },
    capabilities = capabilities(),
    get_language_id = function(_, filetype)
      return LANGUAGE_IDS[filetype] or filetype
    end,
    handlers = {
      ["didChangeStatus"] = function(_, params, ctx)
        require("aigc.status").changed(params, ctx)
      end,
      ["workspace/codeLens/refresh"] = function(err, params, ctx)
        return require("aigc.requests").refresh_lenses(err, params, ctx)
      end,
      ["$/progress"] = function(err, params, ctx)
        return require("aigc.progress").handle(err, params, ctx)
      end,
    },
    commands = {
      ["aigc.runTask"] = function(command, ctx)
        require("aigc.tasks").run_command(command, ctx)
      end,
    },
    on_exit = function(code, signal, client_id)
      -- Scheduled before Neovim schedules to forget the client, so its buffers are known yet.
      vim.schedule(function()
        require("aigc.restart").exited(code, signal, client_id)
      end)
    end,
  }
end

return M

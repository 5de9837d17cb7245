(with-eval-after-load 'lsp-mode
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection '(@ARGV_LISP@))
                    :activation-fn (lsp-activate-on "python" "go" "rust" "typescript" "javascript")
                    :add-on? t
                    :server-id 'aigc))
  (when (require 'lsp-inline-completion nil t)
    (setq lsp-inline-completion-idle-delay 0.2)
    (add-hook 'lsp-mode-hook #'lsp-inline-completion-mode)))
(dolist (hook '(python-mode-hook go-mode-hook rust-mode-hook js-mode-hook))
  (add-hook hook #'lsp-deferred))

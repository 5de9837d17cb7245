(with-eval-after-load 'eglot
  (dolist (mode '(python-mode python-ts-mode go-mode go-ts-mode rust-mode rust-ts-mode
                  js-mode js-ts-mode typescript-mode typescript-ts-mode lua-mode sh-mode))
    (add-to-list 'eglot-server-programs (list mode @ARGV_LISP@))))
(dolist (hook '(python-mode-hook python-ts-mode-hook go-mode-hook go-ts-mode-hook
                rust-mode-hook rust-ts-mode-hook))
  (add-hook hook #'eglot-ensure))

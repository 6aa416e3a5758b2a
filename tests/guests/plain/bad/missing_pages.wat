;; Asks for more memory at the start than a limit of less than 64 MiB allows.
(module (memory (export "memory") 1024))

/* The modules that are refused, for C and C++; make-table wrote them. */
#ifndef REFUSED_H
#define REFUSED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name, *data;
    size_t len;
    /* Whether `data` is the text format. */
    bool is_text;
    /* The kind's name, and a part of the error's message. */
    const char *error, *message;
} refused_t;

#include "modules.h"

/* What loads after each of them. */
#define GOOD "(module (func (export \"add\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"

#endif

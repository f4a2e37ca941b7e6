#ifndef CX11_EXTENSIONS_H
#define CX11_EXTENSIONS_H

#include "cx11.h"

/// Loads the extension's library, once a process, and asks the display's server for the extension: CX11_READY,
/// CX11_NO_LIBRARY or CX11_NO_EXTENSION. A broken connection ends it as cx11_open says. `*event` is the type of the
/// extension's first event.
int cx11_prepare(Display *display, int extension, int *event);

#endif

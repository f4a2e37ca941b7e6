#ifndef CX11_XWAYLAND_H
#define CX11_XWAYLAND_H

#include "cx11.h"

/// Fills in `has_xwayland` and `monitors`. A broken connection ends it as cx11_open says.
void cx11_look_for_xwayland(Display *display, cx11_connection *connection);

#endif

#pragma once
/* hiredis.h uses struct timeval and size types without including what declares them. */
#include <sys/time.h>
#include <sys/types.h>
#include <hiredis/hiredis.h>

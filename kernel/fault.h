// FAULT(k) is 1 in a build with -DHESPER_FAULT=k and 0 otherwise: deliberate faults, compiled in one at a time by
// test/faults/ to show that the conformance suite catches each. Never set in a build that is shipped.
#pragma once
#ifndef HESPER_FAULT
#define HESPER_FAULT 0
#endif
#define FAULT(k) (HESPER_FAULT == (k))

// SPDX-License-Identifier: MIT
// Move, seal and release of a page against the TLBs of other processors: one processor does the library's operations,
// the others run the page's process, load and unload its space, and keep in their TLBs what they once read.
//
//   processor 0: entry written ── who has loaded the space? ── shootdown ── all have answered ── page sealed, the
//                                                                            other's, or free and somebody else's
//   the others:  space loaded and told ── entry read into the TLB ── used, as long as it is there
//
// What is modelled is SpaceMemory (src/space/space_memory.h), load_space() and the hook freehold_host_shootdown(). The
// entry stands for one of any level: a TLB keeps what a walk through it came to. Each access of memory is a step, and
// all processors see them in one order, as the orders given in the code make them.
// Left out: that a page goes back to the process from elsewhere; several pages; the operator's own TLB.
//
// Spin looks at every interleaving: nobody writes what is sealed, nobody reaches a frame that is another's, no
// operation waits for ever. Faults that it must find, by -DFAULT=
//   1  the others are not told                                     (a stale entry is used)
//   2  the frame is given away before the others have answered     (a stale entry is used)
//   3  it is asked who has loaded the space before the entry is written   (one that loads meanwhile is forgotten)
//   4  a processor says that it has loaded a space after it walks its tables   (it is not told)
//   5  a processor answers, goes on, and drops its entries later   (a stale entry is used)
#ifndef FAULT
#define FAULT 0
#endif

#define OTHERS 2  // processors that run the process
#ifndef OPERATIONS
#define OPERATIONS 5
#endif

mtype = { nothing, reads, writes };      // what an entry allows
mtype = { here, sealed, elsewhere };     // whose the frame is: the process's, for ever unwritten, another's

mtype entry = nothing;
mtype frame = elsewhere;
mtype tlb[OTHERS];
bit loaded[OTHERS];  // the space's bit for that processor
bit asked[OTHERS];
byte left = OPERATIONS;

inline drop(p) { tlb[p] = nothing }

// One instruction of the process: through the TLB, or by a walk that fills it.
inline touch(p) {
    atomic {
        if
        :: tlb[p] == nothing -> tlb[p] = entry
        :: else
        fi;
        if
        :: tlb[p] == writes -> assert(frame == here)
        :: tlb[p] == reads -> assert(frame == here || frame == sealed)
        :: else
        fi
    }
}

inline answer(p) {
#if FAULT == 5
    asked[p] = 0;
    touch(p);
    drop(p)
#else
    drop(p);
    asked[p] = 0
#endif
}

proctype other(byte p) {
    bit running = 0;
    tlb[p] = nothing;
end:
    do
    :: !running ->
#if FAULT == 4
        running = 1;
        drop(p);
        touch(p);
        loaded[p] = 1
#else
        loaded[p] = 1;
        running = 1;
        drop(p)
#endif
    :: running -> drop(p); running = 0; loaded[p] = 0
    :: running -> touch(p)
    :: running -> drop(p)  // a TLB may forget at any time
    :: asked[p] -> answer(p)
    od
}

// The entry changes; then nobody's TLB knows better.
inline change(to) {
#if FAULT == 3
    tell[0] = loaded[0];
    tell[1] = loaded[1];
#endif
    entry = to;
#if FAULT != 3
    tell[0] = loaded[0];
    tell[1] = loaded[1];
#endif
#if FAULT != 1
    asked[0] = tell[0];
    asked[1] = tell[1];
#endif
#if FAULT != 2
    !asked[0] && !asked[1];
#endif
    tell[0] = 0;
    tell[1] = 0
}

active proctype operator() {
    bit tell[OTHERS];
    tlb[0] = nothing;
    tlb[1] = nothing;
    run other(0);
    run other(1);
    do
    :: left > 0 ->
        left--;
        if
        :: frame == elsewhere -> frame = here; entry = writes             // a page arrives, or is touched first
        :: frame == here && entry == writes -> change(reads); frame = sealed  // seal
        :: frame == here -> change(nothing); frame = elsewhere            // move or release
        :: frame == here && entry == writes -> change(reads); entry = writes  // protect, and back
        :: frame == sealed -> change(nothing); frame = elsewhere          // its last reader lets go
        fi
    :: left == 0 -> break
    od
}

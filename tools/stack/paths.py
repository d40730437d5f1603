# SPDX-License-Identifier: MIT
"""Every path through a linked image, and what each takes of the stack.

It walks from an entry over all instructions that can be reached, with the number of bytes on the stack at each. A call
costs what the function called takes at worst; where no function called returns, no path goes on.
"""

import re

ENDLESS_BYTES = 1 << 16


class Knowledge:
    """What an image does not say. Names are patterns, found anywhere in a demangled name.

    `calls`: (caller, callees, table): where a call to what stands in a register or in memory goes: to functions of
    those names, or to those in the tables of that name. `leaves`: functions that jump away for good. `resumes`: those
    that leave the stack and come back to it. `enters`: those that come to the stack: with how many bytes on it.
    `apart`: what is not followed from elsewhere, and does not return. `skipped`: what is not followed and returns.
    `labels`: whose address is taken by what does not call it.
    """

    def __init__(self, calls=(), leaves=(), resumes=(), enters=None, apart="(?!)", skipped="(?!)", labels="(?!)"):
        self.calls, self.leaves, self.resumes, self.enters = calls, leaves, resumes, enters or {}
        self.apart, self.skipped, self.labels = re.compile(apart), re.compile(skipped), re.compile(labels)


class Function:
    """`worst`: bytes below its entry, those of what it calls included; `own`: its own, at the deepest call, `callee`.

    `returns`, and takes off `pops` bytes beyond its return address; `calls`: what, from how deep at most.
    """

    def __init__(self, returns=False):
        self.worst, self.own, self.callee = 0, 0, None
        self.pops, self.returns, self.calls = 0, returns, {}

    def reach(self, own, callee=None, below=0):
        if own + below > self.worst:
            self.worst, self.own, self.callee = own + below, own, callee


class Paths:
    """`errors`: what makes its figures worthless, each a line. `apart`: the functions set apart that were met."""

    def __init__(self, image, knowledge):
        self.image, self.machine, self.knowledge = image, image.machine, knowledge
        self.known, self.active, self.errors, self.apart, self.expected = {}, [], [], set(), set()

    def error(self, at, text):
        line = f"{short(self.image.name(at))}: {text}"
        if line not in self.errors:
            self.errors.append(line)

    def function(self, address):
        if address in self.known:
            return self.known[address]
        if address in self.active:
            names = [short(self.image.name(a)) for a in self.active[self.active.index(address):]]
            self.error(address, "recursion: " + " -> ".join([*names, names[0]]))
            return Function(returns=True)
        self.active.append(address)
        found = Walk(self, address).function
        self.active.pop()
        self.known[address] = found
        return found

    def targets(self, at, operands):
        """Where an indirect call or jump may go."""
        table = self.machine.table(operands)
        targets = [] if table is None else self._in_table(at, table)
        if not targets:  # or what the operand points at is within a table of ours
            targets = self._known_targets(self.image.name(at))
        if not targets:
            self.error(at, f"goes to {operands}, and nothing says what that may be")
        self.expected |= set(targets)
        return targets

    def _in_table(self, at, table):
        """Of a jump table: the compiler's have no name, and all their targets lie in the same function."""
        named, targets = table in self.image.names, []
        for _, word in self.image.words(table):
            if word not in self.image.code or not (named or self.image.name(word) == self.image.name(at)):
                break
            targets.append(word)
        return targets

    def _known_targets(self, name):
        for caller, callees, table in self.knowledge.calls:
            if re.search(caller, name):
                return self.table(table) if table else self.image.functions_named(callees)
        return []

    def table(self, name):
        return [word for start in self.image.objects_named(name) for _, word in self.image.words(start)
                if word in self.image.functions]

    def find_forgotten(self, entries):
        """Functions whose address is taken, and nothing says who calls them."""
        for address, where in self.image.addresses_taken().items():
            name = self.image.name(address)
            if address in self.expected or address in entries or self.knowledge.labels.search(name):
                continue
            self.error(address, f"its address is taken by {short(where)}, and nothing says who calls it")

    def path(self, address):
        """(bytes, name) of the functions from an entry down to the deepest place."""
        lines = []
        while address is not None:
            found = self.function(address)
            lines.append((found.own, short(self.image.name(address))))
            address = found.callee
        return lines


class Walk:
    """One function: every instruction that can be reached, with the depth there, the greatest if there are several."""

    def __init__(self, paths, entry):
        self.paths, self.image, self.machine, self.entry = paths, paths.image, paths.machine, entry
        self.function, self.seen = Function(), {}
        self.work = [(entry, 0, None)]
        while self.work:
            self._follow(*self.work.pop())

    def _follow(self, at, depth, frame):
        while self.seen.get(at, -1) < depth:
            self.seen[at] = depth
            if depth > ENDLESS_BYTES:
                return self.paths.error(at, "its stack grows without end")
            if at not in self.image.code:
                return self.paths.error(at, f"runs on to {at or 0:x}, where there is no code")
            operation, operands, following = self.image.code[at]
            effect = self.machine.effect(operation, operands)
            if effect is not None:
                state = self._apply(at, *effect, depth, frame)
                if state is None:
                    return None
                depth, frame = state
                self.function.reach(depth)
            at = following
        return None

    def _apply(self, at, kind, value, depth, frame):
        """The state after an instruction that matters, or None where no path goes on behind it."""
        if kind == "grow":
            depth += value
        elif kind == "align":
            depth += value - self.machine.word
        elif kind == "frame":
            frame = depth - value
        elif kind in ("to_frame", "leave"):
            if frame is None:
                return self.paths.error(at, "takes its stack pointer from where it put none")
            depth = frame + value - (self.machine.word if kind == "leave" else 0)
        elif kind in ("switch", "dynamic"):
            return self._other_stack(at, kind, value, depth, frame)
        else:
            return self._transfer(at, kind, value, depth, frame)
        return None if depth < 0 else (depth, frame)  # it takes off what was there before its entry: a way out

    def _other_stack(self, at, kind, value, depth, frame):
        name = self.image.name(at)
        if name in self.paths.knowledge.resumes:
            return depth, frame
        if name in self.paths.knowledge.enters:
            return self.paths.knowledge.enters[name], frame
        return None if kind == "switch" else self.paths.error(at, f"a frame whose size can't be known: {value}")

    def _transfer(self, at, kind, value, depth, frame):
        if kind == "return":
            self.function.returns, self.function.pops = True, max(self.function.pops, value)
        elif kind == "branch":
            self._jump(value, depth, frame)
            return depth, frame
        elif kind == "jump":
            self._jump(value, depth, frame)
        elif kind == "jump_indirect":
            if self.image.name(at) not in self.paths.knowledge.leaves:
                for target in self.paths.targets(at, value):
                    self._jump(target, depth, frame)
        elif kind in ("call", "call_indirect"):
            targets = [value] if kind == "call" else self.paths.targets(at, value)
            outcomes = [self._call(target, depth + self.machine.return_address) for target in targets]
            if any(outcome.returns for outcome in outcomes):
                return depth - max(outcome.pops for outcome in outcomes), frame
        return None

    def _jump(self, target, depth, frame):
        """Within the function; or, to where another begins, a call that takes no more of the stack."""
        if target == self.entry or not self.image.is_function(target):
            self.work.append((target, depth, frame))
            return
        outcome = self._call(target, depth)
        self.function.returns |= outcome.returns
        self.function.pops = max(self.function.pops, outcome.pops)

    def _call(self, target, below):
        """`below`: the depth where the function called begins."""
        name, knowledge = self.image.name(target), self.paths.knowledge
        self.function.reach(below)
        if knowledge.skipped.search(name):
            return Function(returns=True)
        if knowledge.apart.search(name) and not knowledge.apart.search(self.image.name(self.entry)):
            self.paths.apart.add(target)
            return Function()
        outcome = self.paths.function(target)
        self.function.reach(below, target, outcome.worst)
        self.function.calls[target] = max(below, self.function.calls.get(target, 0))
        return outcome


def short(name):
    """A name without namespaces, template arguments and parameters."""
    name = re.sub(r" \[clone [^]]*\]", "", name).replace("(anonymous namespace)::", "")
    while (less := re.sub(r"<[^<>]*>|\([^()]*\)", "", name)) != name:
        name = less
    name = re.sub(r"\b(freehold|kernel|machine|abi)::", "", name)
    return re.sub(r" const$", "", name).split(" ")[-1]

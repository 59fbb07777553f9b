"""Where the steps of a partitioned plan are done: here, one after another, or on a Dask cluster.

A step is a function of the module `infra.part_steps`, its task plain data, and its result plain data;
what is large goes from step to step through files. So both engines do the very same work, and a task
that is done twice, after a worker was lost, leaves the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from infra.memory import tune_memory
from layers.errors import Fault, StudyError

__all__ = ["DaskEngine", "Engine", "LocalEngine", "Step", "Task", "engine_of"]

Task = dict[str, Any]
Result = dict[str, Any]
Step = Callable[[Task], Result]

CONNECT_S = 10


class Engine(Protocol):
    """Does the tasks of one step, all of them."""

    name: str

    def map(self, step: Step, tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """Do a step's tasks; return the place and the result of each as it is done."""

    def close(self) -> None:
        """Let go of what the engine holds."""


class LocalEngine:
    """One task at a time, in this process."""

    name = "local"

    def map(self, step: Step, tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """Do the tasks in their order."""
        for place, task in enumerate(tasks):
            yield place, step(task)

    def close(self) -> None:
        """Leave nothing behind: there is nothing."""


class DaskEngine:
    """The workers of a Dask scheduler, which all see the study's folder under the same path.

    Parameters
    ----------
    address
        As `tcp://127.0.0.1:8786`.

    Raises
    ------
    StudyError
        When Dask is not installed or nobody answers at the address.
    """

    name = "dask"

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415 - an optional dependency, slow to import
        except ImportError as error:
            problem = "Dask is not installed"
            mend = "install it with: pip install 'infra-planning[cluster]'"
            raise StudyError(Fault("--engine", problem, mend)) from error
        try:
            self._client = distributed.Client(
                address, timeout=CONNECT_S, set_as_default=False, heartbeat_interval=2000
            )
        except (OSError, TimeoutError, ValueError) as error:
            problem = f"no Dask scheduler answers at {address} ({error})"
            mend = "start 'dask scheduler' and name its address, as tcp://127.0.0.1:8786"
            raise StudyError(Fault("--scheduler", problem, mend)) from error
        self._completed = distributed.as_completed
        self._lost = distributed.scheduler.KilledWorker

    def map(self, step: Step, tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """Hand the tasks to whichever workers there are; those that join later take their part."""
        names = [step.__name__] * len(tasks)
        futures = self._client.map(_on_worker, names, tasks, pure=False)
        place = {future.key: number for number, future in enumerate(futures)}
        try:
            for future in self._completed(futures, loop=self._client.loop):
                yield place[future.key], future.result()
        except self._lost as error:
            problem = f"workers were lost again and again in the step '{step.__name__}' ({error})"
            mend = "give the workers more memory, or cut the study into more parts"
            raise StudyError(Fault("--scheduler", problem, mend)) from error
        finally:
            self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Leave the scheduler; it and its workers go on."""
        self._client.close()


def _on_worker(name: str, task: Task) -> Result:
    """Do a task in a worker's process, by the worker's own copy of infra."""
    from infra import part_steps  # noqa: PLC0415 - only workers need it here

    tune_memory()
    step: Step = getattr(part_steps, name)
    return step(task)


def engine_of(name: str, scheduler: str) -> Engine:
    """Return the engine of a name.

    Raises
    ------
    StudyError
        When a scheduler is named for the local engine, or none for Dask.
    """
    if name == "local":
        if scheduler:
            problem, mend = "a scheduler is only for --engine dask", "add --engine dask"
            raise StudyError(Fault("--scheduler", problem, mend))
        return LocalEngine()
    if not scheduler:
        problem = "--engine dask needs the address of a scheduler"
        raise StudyError(Fault("--engine", problem, "add --scheduler tcp://HOST:PORT"))
    return DaskEngine(scheduler)

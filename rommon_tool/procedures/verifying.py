"""The image of a plan, verified before anything is typed.

The one rule: a pin or key that says no ends the run; nothing proved is a warning, unless the user wants a proof. What is
served later must have the very digest that was verified here.
"""

from pathlib import Path

from rommon_tool import firmware
from rommon_tool.errors import ImageNotVerified, WrongImage
from rommon_tool.firmware import Anchors, Verification
from rommon_tool.preflight import Plan
from rommon_tool.progress import ImageHashing, ImageVerified, Progress, Warned

# Kinds of content that contradict every name of an image that a monitor loads.
_TOLD_BY_CONTENT = ("lfbff-system", "lfbff-firmware", "access-point-tar", "tar", "web-page", "zip")
_SHOWN_FROM_BYTES = 64 << 20


def verified(plan: Plan, progress: Progress) -> Verification | None:
    """What is known of the image; None where it lies on another server.

    Raises ImageMismatch, WrongImage for a file that no monitor boots, ImageNotVerified where a proof was wanted.
    """
    job = plan.job
    if not plan.image.image_bytes:
        if job.requires_verified:
            message = f"{plan.image.name} lies on another server and can't be verified"
            raise ImageNotVerified(message, hint="serve it from here, or leave --require-verified out")
        return None
    return verified_file(
        Path(plan.image.path), job.anchors, progress, needs_proof=job.requires_verified, any_family=job.any_family
    )


def verified_file(
    path: Path, anchors: Anchors | None, progress: Progress, *, needs_proof: bool, any_family: bool = False
) -> Verification:
    """What is known of an image file on this machine. Raises as `verified` does."""
    # A person may name a link; what it leads to is opened once, and the digest ties it to what is served.
    found = firmware.verify(path.resolve(), anchors, name=path.name, on_progress=_shown(progress))
    progress.publish(ImageVerified(found.verdict, found.reason, found.kind, found.version, found.sha512))
    _refuse(found, needs_proof=needs_proof, any_family=any_family)
    if not found.is_proved:
        progress.publish(Warned(f"{found.name} is not verified ({found.verdict}): {found.reason}"))
    return found


def _refuse(found: Verification, *, needs_proof: bool, any_family: bool) -> None:
    if found.verdict in ("mismatch", "conflict"):
        raise found.error()
    recognised = found.recognised
    contradicts = bool(recognised.disagreement) and recognised.kind in _TOLD_BY_CONTENT
    if not any_family and (recognised.loads is False or contradicts):
        raise WrongImage(
            f"{found.name} is no image that a boot monitor loads: {recognised.disagreement or recognised.title}",
            hint=recognised.instead or "get the image for this model, or give --any-family to load it all the same",
        )
    if needs_proof:
        found.check()


def _shown(progress: Progress) -> firmware.OnProgress:
    told = -1

    def publish(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // max(1, total)
        if total >= _SHOWN_FROM_BYTES and tenth > told:
            told = tenth
            progress.publish(ImageHashing(done, total))

    return publish

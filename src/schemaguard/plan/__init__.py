"""How a release is made gently: recipes and the author's own statements, ordered into phases. Pure."""

from schemaguard.plan.fingerprint import Fingerprint, fingerprint
from schemaguard.plan.make import make_plan
from schemaguard.plan.plan import Plan
from schemaguard.plan.serial import from_json, to_json

__all__ = ["Fingerprint", "Plan", "fingerprint", "from_json", "make_plan", "to_json"]

"""Which environment this is, and where the project and its data are."""

from pathlib import Path

from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()

ENVIRONMENT = env.str("ENVIRONMENT", "development")
DEBUG = False
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()

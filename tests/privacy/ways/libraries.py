"""What the libraries at hand would write or send, if they were asked to."""

import asyncio
import ctypes
import dbm.dumb
import faulthandler
import ftplib
import gzip
import http.client
import logging
import logging.handlers
import mailbox
import multiprocessing
import multiprocessing.connection
import os
import pickle
import queue
import shelve
import shutil
import smtplib
import socket
import socketserver
import sqlite3
import subprocess
import sys
import syslog
import tarfile
import tempfile
import urllib.request
import warnings
import zipfile
from collections.abc import Callable
from multiprocessing import shared_memory
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from edge.vision import net
from tests.privacy.arena import Arena, Fire, Way
from tests.privacy.eyes import Eye, came, in_folder
from tests.privacy.ways.memory import _in_dev_shm
from tests.privacy.ways.sockets import INET, STREAM, _heard, _inet, _listen

KIND = "libraries"


def _path(arena: Arena, ending: str = "") -> str:
    return f"{os.fsdecode(arena.new)}{ending}"


def _text(arena: Arena) -> str:
    return arena.mark.decode()


def _picture() -> np.ndarray:
    return np.full((32, 32, 3), 90, np.uint8)


def _to_file(
    name: str, write: Callable[[str, str], object], ending: str = "", eye: Eye = in_folder
) -> Way:
    """Give a library a path whose name is the mark."""

    def arm(arena: Arena) -> Fire:
        path, text = _path(arena, ending), _text(arena)
        return lambda: write(path, text)

    return Way(KIND, name, arm, eye)


def _to_port(name: str, send: Callable[[int, str], object]) -> Way:
    """Have a library say the mark to a port."""

    def arm(arena: Arena) -> Fire:
        port, text = arena.held["place"][1], _text(arena)
        return lambda: send(port, text)

    return Way(KIND, name, arm, _heard, _listen(INET, STREAM, _inet))

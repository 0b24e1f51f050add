# Common tasks: `just` lists them.

default:
    @just --list

# Everything that the gate checks, step by step.
check:
    .ci/run

# Format, lints, lengths.
lint:
    .ci/lint

# All tests.
test:
    cargo test

# The main job.
run *ARGS:
    cargo run --release -- run central-asia {{ARGS}}

# Benchmarks (criterion); instruction counts where valgrind is present.
bench:
    cargo bench --bench engine --bench analysis
    benches/instructions.sh

# Peers beside us, same answers (needs Python): SALib and the EMA Workbench, then NumPy, Numba and Mesa.
peers:
    cargo build --release
    python3 -m venv target/peers && target/peers/bin/pip install -q -r benches/peers/requirements.txt
    target/peers/bin/python benches/peers/analysis.py
    target/peers/bin/python benches/peers/engine.py

# The engine's instructions against the recorded ones (valgrind).
instructions:
    benches/instructions.sh

# What the model needs at least, and what the engine takes.
bound:
    cargo bench --bench bound
    cargo bench --bench throughput

# 4.9 million runs twice: once undisturbed, once killed three times on the way; the same bytes (three quarters of an hour).
survive:
    benches/survive.sh

# How long the page of a large comparison takes (minutes: it plays it first).
page:
    benches/page.sh

# Wheels of the Python package, for this platform and every Python from 3.10 on, in python/dist.
wheel:
    python3 -m venv target/python && target/python/bin/pip install -q 'maturin>=1.9,<2'
    target/python/bin/maturin build --release --manifest-path python/Cargo.toml --out python/dist

# The Python package: wheel, types, tests.
python-test:
    cargo build --release -p consortia -p consortia-python
    .ci/python

# Notebooks run anew, with their results; look at them before you commit.
notebooks:
    cargo build --release -p consortia -p consortia-python && .ci/python
    target/gate-python/bin/jupyter-execute --inplace python/notebooks/*.ipynb
    target/gate-python/bin/python python/notebooks/tidy.py

# A sweep by the command line and by Dask on the same cores; what large sweeps cost (a quarter of an hour).
cluster:
    cargo build --release -p consortia -p consortia-python && .ci/python
    target/gate-python/bin/python benches/cluster/throughput.py
    python3 benches/cluster/plan.py

# The book in target/book, and the reference of the library.
docs:
    .ci/docs book
    cargo doc --no-deps -p consortia
    @echo "open target/book/index.html and target/doc/consortia/index.html"

# Renew the committed schemas from the types.
schemas:
    cargo run --release -q -- schema scenario > schemas/scenario.schema.json
    cargo run --release -q -- schema organisation > schemas/organisation.schema.json
    cargo run --release -q -- schema sweep > schemas/sweep.schema.json

# Renew expected messages; read the difference before you commit it.
golden:
    INSTA_UPDATE=always cargo test --test suite
    git diff --stat tests/suite/snapshots

# The ten questions at full length, a page for each (minutes).
questions:
    cargo run --release -- report --questions

# Renew the approved pictures of the pages; look at them before you commit.
pictures:
    cargo test --no-run     # the program that makes the pages
    UPDATE_SCREENSHOTS=1 cargo test -p consortia-browser-tests look
    git status --short tests/browser/approved

# Renew the pages of known answers and of patterns; read the difference before you commit it.
verify:
    UPDATE_PAGES=1 cargo test --test suite verification
    git diff --stat docs/verification.md docs/patterns.md

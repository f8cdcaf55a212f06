#!/usr/bin/env bash
# The Docker engine: installed when missing, started when none runs.
# usage: scripts/engine.sh start|stop     (the other scripts source it and stop only what they started)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ENGINE_PID_FILE=$CACHE/dockerd.pid
ENGINE_STARTED=

engine_answers() { docker version >/dev/null 2>&1; }

engine_install() {
    local missing=()
    if ! have docker || { ! have dockerd && ! engine_answers; }; then
        missing=(docker.io)
    fi
    [ ${#missing[@]} = 0 ] || packages "${missing[@]}" iptables ca-certificates
    # Newer releases keep the client in a package of its own.
    have docker || packages docker-cli
}

engine_launch() {
    # Limits above the hard ones of this machine would keep every container from starting.
    local hard
    hard=$(ulimit -Hn)
    local arguments=(--pidfile "$CACHE/dockerd.own.pid" "$@")
    if [ "$hard" != unlimited ]; then
        arguments+=(--default-ulimit "nofile=$((hard < 1024 ? hard : 1024)):$hard")
    fi
    # A session of its own: an interrupt at the terminal must not take the engine away before the cleaning up.
    setsid nohup dockerd "${arguments[@]}" >"$LOGS/dockerd.log" 2>&1 </dev/null &
    local pid=$! tries=0
    while ! engine_answers; do
        tries=$((tries + 1))
        if ! kill -0 "$pid" 2>/dev/null; then return 1; fi
        if [ "$tries" -gt 150 ]; then
            kill "$pid"
            return 1
        fi
        sleep 0.2
    done
    echo "$pid" >"$ENGINE_PID_FILE"
}

engine_start() {
    engine_install
    if engine_answers; then return 0; fi
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
        die "a Docker engine is there, but this user may not talk to it" \
            "run the same command as root, or join the group of /var/run/docker.sock"
    fi
    [ -z "${DOCKER_HOST:-}" ] || die "no Docker engine answers at DOCKER_HOST"
    need_root "starting a Docker engine"
    say "==> start a Docker engine (log: $LOGS/dockerd.log)"
    local begun=$SECONDS
    if ! engine_launch && ! engine_launch --storage-driver vfs; then
        tail -n 20 "$LOGS/dockerd.log" | sed 's/^/    | /' >&2
        die "the Docker engine does not start" "start one by hand, then run this again"
    fi
    ENGINE_STARTED=yes
    say "    done in $((SECONDS - begun)) s ($(docker info --format '{{.ServerVersion}}, {{.Driver}}' 2>/dev/null))"
}

# Stops the engine, if this run started it.
engine_stop_own() {
    [ -n "$ENGINE_STARTED" ] || return 0
    engine_stop
    ENGINE_STARTED=
}

engine_stop() {
    [ -f "$ENGINE_PID_FILE" ] || return 0
    local pid tries=0
    pid=$(cat "$ENGINE_PID_FILE")
    rm -f "$ENGINE_PID_FILE"
    # The number may belong to another program by now.
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
    say "==> stop the Docker engine that was started here"
    kill "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.2
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
        start) engine_start ;;
        stop) engine_stop ;;
        *) die "usage: $0 start|stop" ;;
    esac
fi

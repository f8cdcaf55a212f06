# Completion of es-entrypoint for bash.
_es_entrypoint() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
    if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
    case $before in
        --es-home) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --config-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --es-version) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --templates) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --runtime-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --allow) mapfile -t COMPREPLY < <(compgen -W "$_es_entrypoint_codes" -- "$word"); return ;;
        --warn) mapfile -t COMPREPLY < <(compgen -W "$_es_entrypoint_codes" -- "$word"); return ;;
        --deny) mapfile -t COMPREPLY < <(compgen -W "$_es_entrypoint_codes" -- "$word"); return ;;
        --message-format) mapfile -t COMPREPLY < <(compgen -W 'human json github sarif' -- "$word"); return ;;
        --log-level) mapfile -t COMPREPLY < <(compgen -W 'off error warn info debug trace' -- "$word"); return ;;
        --log-format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word"); return ;;
        --file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --baseline) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --kubernetes-version) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W 'auto elasticsearch yaml text properties jvm-options policy' -- "$word"); return ;;
        --output) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --min) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --policy) mapfile -t COMPREPLY < <(compgen -W 'auto patch property off' -- "$word"); return ;;
        --java-home) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --read) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --user) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --discovery-wait) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --chown) mapfile -t COMPREPLY < <(compgen -W 'top recursive off' -- "$word"); return ;;
        --launch) mapfile -t COMPREPLY < <(compgen -W 'auto direct script' -- "$word"); return ;;
        --archive) mapfile -t COMPREPLY < <(compgen -W 'auto off' -- "$word"); return ;;
        --timeout) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --forward) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --drop) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --rewrite) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --stop-timeout) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --grace) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --linger) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --stop-status) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --success-code) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
        --parent-death-signal) mapfile -t COMPREPLY < <(compgen -W '' -- "$word"); return ;;
    esac
    case ${COMP_WORDS[1]} in
        run) words="--es-home --config-dir --es-version --templates --runtime-dir --strict --allow --warn --deny --message-format --log-level --log-format --policy --java-home --user --discovery-wait --chown --launch --archive --group --session --forward --drop --rewrite --stop-timeout --grace --linger --stop-status --inherit-signals --no-subreaper" ;;
        check) words="--es-home --config-dir --es-version --templates --runtime-dir --host --strict --allow --warn --deny --message-format --log-level --log-format --file --baseline --no-suppressions --fix --dry-run --kubernetes-version --policy --java-home --user --chown --launch --archive" ;;
        render) words="--es-home --config-dir --es-version --templates --strict --allow --warn --deny --message-format --log-level --log-format --format --output" ;;
        explain) words="--es-home --config-dir --es-version --templates --runtime-dir --host --strict --allow --warn --deny --message-format --log-level --log-format --timing --policy --java-home --user --launch --archive" ;;
        quorum) words="--strict --allow --warn --deny --message-format --log-level --log-format --min" ;;
        policy) words="--es-home --config-dir --es-version --templates --strict --allow --warn --deny --message-format --log-level --log-format --policy --java-home --read --remove check print patch" ;;
        init) words="--log-level --log-format --user --single-child --group --session --forward --drop --rewrite --stop-timeout --grace --linger --stop-status --success-code --parent-death-signal --log-reaped --inherit-signals --no-subreaper" ;;
        health) words="--es-home --config-dir --es-version --runtime-dir --live --ready --timeout" ;;
        archive) words="--es-home --config-dir --templates --allow --log-level --log-format --output --user --if-possible" ;;
        help) words="$_es_entrypoint_topics $_es_entrypoint_codes" ;;
        *) words='run check render explain quorum policy init health archive help --help --version' ;;
    esac
    if [ "$COMP_CWORD" = 1 ]; then words='run check render explain quorum policy init health archive help --help --version'; fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    case $word in -*) ;; *) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;; esac
}
_es_entrypoint_topics='run check render explain quorum policy init health archive help findings variables placeholders exit-codes'
_es_entrypoint_codes='template/unset template/syntax template/unsafe-value template/not-yaml template/unrendered template/structure template/unreadable keystore/wrong-password keystore/corrupt keystore/unknown-format keystore/unknown-setting settings/removed settings/deprecated settings/not-yet settings/unknown settings/boolean settings/invalid-host settings/invalid-value settings/secure settings/no-http-tls settings/half-tls settings/no-transport-tls settings/same-port settings/null settings/shape settings/alias settings/duplicate-key settings/old-yaml settings/nested-list settings/cors-any-origin settings/list-in-string discovery/no-hosts discovery/not-configured discovery/plugin-missing discovery/load-balanced discovery/no-service discovery/no-transport discovery/pod-name discovery/selects-nothing discovery/waits-for-ready discovery/http-port discovery/no-token discovery/invalid-host discovery/incomplete discovery/unresolved discovery/multicast discovery/loopback env/service-link env/contradiction env/quoted-value env/blank-around-value env/invisible-character env/later-reference env/dollar env/not-expanded env/both-file-and-value env/enrollment-token env/log-style env/unreadable-file quorum/split-brain quorum/unreachable quorum/unknown quorum/not-a-number quorum/zero quorum/fragile quorum/even-masters quorum/master-count quorum/no-master quorum/ignored quorum/removed quorum/initial-masters-missing quorum/initial-masters-minority quorum/initial-masters-duplicate quorum/initial-masters-with-single-node quorum/initial-masters-left-over quorum/initial-masters-without-this-node kubeconfig/missing kubeconfig/unreadable kubeconfig/no-current-context kubeconfig/missing-file kubeconfig/relative-path kubeconfig/unsupported-auth kubeconfig/try-flag policy/cwd-relative policy/symlink-star policy/syntax policy/pointless policy/too-broad policy/not-writable policy/unsafe-path policy/not-granted policy/stale-path policy/missing-path files/missing files/changed-twice files/torn-block files/mounted-target files/no-answer files/not-writable files/outside files/unreadable host/no-installation host/max-map-count host/nofile host/nproc host/memlock host/root host/data-not-writable host/data-locked host/other-data host/no-space host/disk-watermark host/memory host/java-version host/java-build host/system-call-filter host/address-space host/file-size host/tmp-noexec host/tmp-not-writable host/runtime-dir host/no-address host/several-addresses host/privileged-port host/user heap/invalid heap/xms-xmx heap/over-limit heap/over-32g heap/ignored launch/no-java launch/not-direct launch/daemonize launch/class-path launch/ignored-variable launch/removed-variable launch/invalid-option launch/conflicting-options launch/refused-option launch/serial-collector launch/starts-program launch/void-option launch/blank-in-option archive/not-possible k8s/not-yaml k8s/disruption-budget k8s/spread k8s/wrong-type k8s/refused k8s/no-program k8s/shared-data k8s/lost-data k8s/data-not-writable k8s/grace-period k8s/probe k8s/privileged k8s/memory-lock k8s/max-map-count k8s/heap k8s/no-effect k8s/duplicate-key k8s/removed-api k8s/ignored-init k8s/two-variants k8s/unused-allow k8s/annotation k8s/missing-key k8s/missing-mount k8s/unreadable-mount k8s/unread-update k8s/secret-in-plain'
complete -o filenames -F _es_entrypoint es-entrypoint

#!/bin/sh
# The Debian package: program, unit, settings, man pages, completions. Called by dist.sh, with its variables.
# Usage: tools/dist/deb.sh UNPACKED_ARCHIVE WORK_FOLDER INTO
#
# It makes no account: the unit has systemd make a user that exists while the service runs (DynamicUser). It starts
# nothing when it is first installed, since addresses have to be written down first; an upgrade restarts what runs.
set -eu
archive=$1 work=$2 into=$3
if ! command -v dpkg-deb >/dev/null; then
    echo "no package: dpkg-deb is missing here (Debian: dpkg)" >&2
    exit 0
fi

root=$work/deb
rm -rf "$root"
share=$root/usr/share
doc=$share/doc/$NAME
mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc/$NAME" "$share/man/man1" "$doc" \
    "$share/bash-completion/completions" "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d" "$share/$NAME"
install -m 755 "$archive/$NAME" "$root/usr/bin/$NAME"
# The head of the unit says how it is installed by hand.
sed -e '1,/^$/d' -e "s|/usr/local/bin/|/usr/bin/|" "$archive/config/systemd/$NAME.service" > "$root/usr/lib/systemd/system/$NAME.service"
for page in "$archive"/man/*.1; do gzip -9 --no-name < "$page" > "$share/man/man1/$(basename "$page").gz"; done
cp "$archive/completions/$NAME.bash" "$share/bash-completion/completions/$NAME"
cp "$archive/completions/_$NAME" "$share/zsh/vendor-completions/"
cp "$archive/completions/$NAME.fish" "$share/fish/vendor_completions.d/"
cp -R "$archive/config/postgres" "$archive/config/kafka" "$archive/config/prometheus" "$archive/config/grafana" \
    "$archive/config/sample" "$archive/config/schemas" "$archive/config/asyncapi.json" "$share/$NAME/"
cp -R "$archive/docs" "$archive/README.md" "$archive/SECURITY.md" "$archive/config/service.toml" "$archive/BUILD.txt" "$doc/"
gzip -9 --no-name < "$archive/CHANGELOG.md" > "$doc/changelog.gz"
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: $NAME"
    echo
    echo "Files: *"
    echo "Copyright: the authors of $NAME"
    echo "License: Apache-2.0"
    echo " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0."
    echo "Comment: what is compiled in has licences of its own: THIRD-PARTY-LICENSES.txt.gz in this folder"
} > "$doc/copyright"
gzip -9 --no-name < "$archive/THIRD-PARTY-LICENSES.txt" > "$doc/THIRD-PARTY-LICENSES.txt.gz"

cat > "$root/etc/$NAME/service.toml" <<'TEXT'
# What differs from the defaults, which /usr/share/doc/schedule-callback/service.toml lists and explains.
# The database's password stands alone in /etc/schedule-callback/postgres-password, which only root has to read.
# Then: systemctl enable --now schedule-callback

[kafka]
bootstrap_servers = "127.0.0.1:9092"

[postgres]
url = "postgresql://schedule_callback_writer@127.0.0.1/schedule_callback"
TEXT
# systemd gives it to the service as a credential, and does not start the unit without.
install -m 600 /dev/null "$root/etc/$NAME/postgres-password"
printf '/etc/%s/service.toml\n/etc/%s/postgres-password\n' "$NAME" "$NAME" > "$root/DEBIAN/conffiles"

cat > "$root/DEBIAN/control" <<TEXT
Package: $NAME
Version: $VERSION
Architecture: $ARCHITECTURE
Maintainer: ${MAINTAINER:-the maintainers of $NAME <root@localhost>}
Installed-Size: $(du -k --summarize --exclude=DEBIAN "$root" | cut -f1)
Depends: libc6 (>= $(cat "$work/baseline")), libgcc-s1, ca-certificates
Suggests: postgresql
Section: net
Priority: optional
Description: durable callback scheduling on Kafka and PostgreSQL
 A command says "call this person back at that time, by this skill or this
 agent". The service answers it, keeps the commitment in PostgreSQL, and
 publishes one event when the time has come, whatever crashes meanwhile.
TEXT
cat > "$root/DEBIAN/postinst" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # An upgrade: what runs goes on with the new program.
    if [ -n "${2:-}" ]; then systemctl try-restart schedule-callback.service; fi
fi
if [ "$1" = configure ] && [ -z "${2:-}" ]; then
    echo "schedule-callback is not started yet: write the addresses into /etc/schedule-callback/service.toml and the"
    echo "database's password into /etc/schedule-callback/postgres-password, then: systemctl enable --now schedule-callback"
fi
TEXT
cat > "$root/DEBIAN/prerm" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now schedule-callback.service || true; fi
TEXT
cat > "$root/DEBIAN/postrm" <<'TEXT'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
TEXT
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"
(cd "$root" && find usr etc -type f -exec md5sum {} + | sort -k 2 > DEBIAN/md5sums)
find "$root" -type d -exec chmod 755 {} +
find "$share" "$root/usr/lib" -type f -exec chmod 644 {} +
dpkg-deb --root-owner-group --build "$root" "$into/${NAME}_${VERSION}_$ARCHITECTURE.deb"

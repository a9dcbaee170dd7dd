#!/bin/sh
# Start SeaweedFS with an S3 gateway: the marketplace may do everything, anybody may read the bucket of pictures.
# Which folders of it the world sees is the proxy's business: the gateway is not reached from outside.
set -eu
umask 077
cat >/tmp/s3.json <<EOF
{"identities": [
  {"name": "marketplace",
   "credentials": [{"accessKey": "$S3_ACCESS_KEY", "secretKey": "$S3_SECRET_KEY"}],
   "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "anonymous", "actions": ["Read:media"]}
]}
EOF
unset S3_ACCESS_KEY S3_SECRET_KEY
exec weed server -ip=127.0.0.1 -ip.bind=0.0.0.0 -dir=/data -volume.max=0 -master.volumeSizeLimitMB=1024 \
    -s3 -s3.config=/tmp/s3.json

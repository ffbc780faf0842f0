# usage: mut FILE 'from' 'to' TEST
f=$1; cp $f $f.orig; python3 - "$f" "$2" "$3" <<'P'
import sys
p,a,b=sys.argv[1:]; s=open(p).read(); assert a in s,('NOT FOUND',a); open(p,'w').write(s.replace(a,b,1))
P
echo "== mutate: $2 -> $3"; timeout 200 node $4 2>&1 | grep -E "FAIL|Passed|Total" | head -8; mv $f.orig $f
